// Draws the charts of a page. What each shows stands beside its canvas as JSON, and below it as a table.
(() => {
  "use strict";
  if (!window.Chart) return;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const narrow = matchMedia("(max-width: 40rem)");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const tone = (series, n) => colour(series.tone ? `--${series.tone}` : `--chart-${(n % 8) + 1}`);
  const language = document.documentElement.lang || "en";
  const counted = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const units = {
    percent: (value) => `${counted.format(value * 100)} %`,
    count: (value) => counted.format(value),
    days: (value) => `${counted.format(value)} d`,
  };
  const drawn = [];

  const bars = (series, n) => ({
    type: "bar", backgroundColor: tone(series, n), borderRadius: 3, maxBarThickness: 34, categoryPercentage: .72,
  });

  // A small sample is drawn as a hollow point: what it says may be chance.
  const lines = (series, n) => {
    const ink = tone(series, n), paper = colour("--paper"), weak = series.weak || [];
    return {
      type: "line", borderColor: ink, backgroundColor: ink, borderWidth: 2, cubicInterpolationMode: "monotone", spanGaps: false,
      pointRadius: series.dashed ? 0 : 3.5, pointHoverRadius: series.dashed ? 0 : 5, pointBorderColor: ink, pointBorderWidth: 1.5,
      pointBackgroundColor: series.values.map((_, at) => (weak[at] ? paper : ink)),
      borderDash: series.dashed ? [5, 4] : [],
    };
  };

  const datasets = (held) => held.series.map((series, n) => ({
    label: series.name, data: series.values, stack: held.stacked ? "all" : undefined,
    ...(held.kind === "lines" || series.line ? lines(series, n) : bars(series, n)),
  }));

  const tooltip = (held, spoken) => ({
    backgroundColor: colour("--ink"), titleColor: colour("--paper"), bodyColor: colour("--paper"), padding: 10,
    cornerRadius: 6, boxPadding: 4, usePointStyle: true,
    callbacks: {
      label: (item) => {
        const series = held.series[item.datasetIndex], note = (series.notes || [])[item.dataIndex];
        const said = `${series.name}: ${spoken(item.raw)}`;
        return note ? `${said} (${note})` : said;
      },
    },
  });

  const options = (held) => {
    const lying = held.kind === "rows", spoken = units[held.unit] || units.count;
    const ticks = { color: colour("--dim"), font: { size: 11 } };
    const values = {
      beginAtZero: true, stacked: held.stacked, border: { display: false },
      grid: { color: colour("--chart-grid") }, ticks: { ...ticks, maxTicksLimit: 6, callback: spoken },
    };
    const names = {
      stacked: held.stacked, border: { color: colour("--chart-grid") }, grid: { display: false },
      ticks: { ...ticks, maxRotation: held.kind === "bars" ? 40 : 0, autoSkip: held.kind === "lines", autoSkipPadding: 12 },
    };
    const go = (event, items) => {
      const link = items.length && (held.series[items[0].datasetIndex].links || [])[items[0].index];
      if (link) location.assign(link);
    };
    return {
      responsive: true, maintainAspectRatio: false, animation: still.matches ? false : { duration: 250 },
      indexAxis: lying ? "y" : "x", scales: lying ? { x: values, y: names } : { x: names, y: values },
      interaction: { mode: held.kind === "lines" ? "index" : "nearest", intersect: held.kind !== "lines", axis: lying ? "y" : "x" },
      onClick: go,
      onHover: (event, items) => {
        const link = items.length && (held.series[items[0].datasetIndex].links || [])[items[0].index];
        event.native.target.style.cursor = link ? "pointer" : "";
      },
      plugins: {
        legend: {
          display: held.series.length > 1, align: "start", position: "top",
          labels: { color: colour("--dim"), usePointStyle: true, pointStyle: "circle", boxWidth: 7, boxHeight: 7, padding: narrow.matches ? 9 : 14, font: { size: 12 } },
        },
        tooltip: tooltip(held, spoken),
      },
    };
  };

  const draw = (canvas) => {
    const source = canvas.parentElement.querySelector("script[type='application/json']");
    if (!source) return;
    const held = JSON.parse(source.textContent);
    drawn.push(new Chart(canvas, { data: { labels: held.labels, datasets: datasets(held) }, options: options(held) }));
  };

  const redraw = () => {
    while (drawn.length) drawn.pop().destroy();
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    for (const canvas of document.querySelectorAll(".chart > canvas")) draw(canvas);
  };

  for (const change of [dark, still, narrow]) change.addEventListener("change", redraw);
  // Paper is white, whatever the screen is; the canvas takes its width there.
  addEventListener("beforeprint", () => drawn.forEach((chart) => chart.resize()));
  addEventListener("afterprint", () => drawn.forEach((chart) => chart.resize()));
  redraw();
})();
