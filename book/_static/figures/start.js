/** Fills every place of the page that has a figure; the still picture stays where that fails. */

import { draw } from "./draw.js";
import { field } from "./field.js";
import { laboratory } from "./laboratory.js";
import { learn } from "./learn.js";
import { shift } from "./shift.js";
import { stepper } from "./stepper.js";
import { keepArrows } from "./ui.js";

/** What a chapter may ask for. */
export const FIGURES = { draw, field, laboratory, learn, shift, stepper };

function start() {
  for (const place of document.querySelectorAll("[data-figure]")) {
    const live = document.createElement("div");
    live.className = "fig-live";
    live.setAttribute("role", "group");
    live.setAttribute("aria-label", place.dataset.label);
    place.prepend(live);
    try {
      FIGURES[place.dataset.figure](live, JSON.parse(place.dataset.settings), place);
    } catch (error) {
      live.remove();
      throw error;
    }
    keepArrows(live);
    for (const still of place.querySelectorAll(".fig-still")) still.hidden = true;
  }
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
