// Small comforts. Every page works without them.
(() => {
  "use strict";

  // A form whose choices apply at once; its button stays for who has no script.
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form && "auto" in form.dataset) form.requestSubmit();
  });

  // Empty fields do not lengthen addresses.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "get") return;
    for (const field of event.target.elements) if (field.name && field.value === "") field.disabled = true;
  });
  window.addEventListener("pageshow", () => {
    for (const field of document.querySelectorAll("form[method=get] [disabled]")) field.disabled = false;
  });

  // "/" goes to the search, as elsewhere.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const search = document.querySelector("input[type=search]");
    if (search) { event.preventDefault(); search.focus(); }
  });

  // What is left of a clock, without asking the server: "in 42 min" goes on counting.
  const words = (ms) => {
    const minutes = Math.floor(Math.abs(ms) / 60000);
    const days = Math.floor(minutes / 1440), hours = Math.floor(minutes / 60) % 24, rest = minutes % 60;
    if (days) return hours && days < 7 ? `${days} d ${hours} h` : `${days} d`;
    if (hours) return rest ? `${hours} h ${rest} min` : `${hours} h`;
    return `${rest} min`;
  };
  const tick = () => {
    for (const time of document.querySelectorAll("time[data-apart]")) {
      const ms = new Date(time.dateTime) - Date.now();
      time.textContent = ms > 0 ? `in ${words(ms)}` : `${words(ms)} ago`;
    }
  };
  setInterval(tick, 20000);

  // Who acts is chosen once for all the buttons of a page.
  document.addEventListener("change", (event) => {
    if (!("acting" in event.target.dataset)) return;
    for (const field of document.querySelectorAll("[data-by]")) field.value = event.target.value;
  });

  // What somebody is filling in is not taken away from under their hands: the news waits.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const busy = event.target.querySelector?.("details.command[open], form:focus-within input:not([type=hidden])");
    if ("keptWhileOpen" in (event.target.dataset || {}) && busy) event.detail.shouldSwap = false;
  });

  // The stage where a lead stands is in view, however narrow the screen.
  const centre = () => {
    const box = document.querySelector(".box.now"), frame = box?.closest(".scroll");
    if (!frame || frame.scrollWidth <= frame.clientWidth) return;
    const at = box.getBoundingClientRect(), around = frame.getBoundingClientRect();
    frame.scrollLeft += at.left + at.width / 2 - around.left - around.width / 2;
  };
  document.addEventListener("htmx:afterSettle", centre);
  centre();

  // Says once that what is seen is live, and when the line is broken.
  const live = (state) => {
    for (const mark of document.querySelectorAll("[data-live]")) mark.dataset.live = state;
  };
  document.addEventListener("htmx:sseOpen", () => live("on"));
  document.addEventListener("htmx:sseError", () => live("off"));
})();
