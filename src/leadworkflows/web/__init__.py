"""Pages for people: what a card's "Open in the dashboard" opens. Rendered here, without JavaScript."""
