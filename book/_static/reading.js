/* What happens while one reads: a link to a solution opens it, a term shows what it means, and a
   figure that is wider than the page can be moved by keyboard. */
(function () {
  "use strict";

  function open() {
    const target = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
    const hidden = target && target.closest(".admonition.toggle-hidden");
    if (hidden) {
      hidden.querySelector(".toggle-button").click();
      target.scrollIntoView();
    }
  }

  function name() {
    for (const button of document.querySelectorAll(".solution .toggle-button")) {
      button.setAttribute("aria-label", "Show or hide the solution");
    }
  }

  /* A word of the glossary shows its entry while one points at it, or comes to it by keyboard. */
  const card = document.createElement("div");
  card.className = "term-card";
  card.id = "term-card";
  card.setAttribute("role", "tooltip");
  card.hidden = true;

  function show(link) {
    const found = (window.cnnbookTerms || {})[decodeURIComponent(link.hash.slice(1))];
    if (!found) return;
    const [word, chinese, sentence] = found;
    card.replaceChildren();
    const head = card.appendChild(document.createElement("strong"));
    head.textContent = word;
    if (chinese) {
      const other = card.appendChild(document.createElement("span"));
      other.lang = "zh";
      other.textContent = ` ${chinese}`;
    }
    card.appendChild(document.createElement("p")).textContent = sentence;
    document.body.append(card);
    card.hidden = false;
    link.setAttribute("aria-describedby", card.id);
    const place = link.getBoundingClientRect();
    const room = document.documentElement.clientWidth - card.offsetWidth - 8;
    card.style.left = `${Math.max(8, Math.min(place.left, room)) + window.scrollX}px`;
    const below = place.bottom + 6 + card.offsetHeight < window.innerHeight;
    const top = below ? place.bottom + 6 : place.top - 6 - card.offsetHeight;
    card.style.top = `${top + window.scrollY}px`;
  }

  function hide(link) {
    card.hidden = true;
    if (link) link.removeAttribute("aria-describedby");
  }

  function explain() {
    for (const link of document.querySelectorAll("a.term")) {
      for (const kind of ["mouseenter", "focus"]) link.addEventListener(kind, () => show(link));
      for (const kind of ["mouseleave", "blur"]) link.addEventListener(kind, () => hide(link));
    }
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") hide();
    });
  }

  /* Only where there is something to move: elsewhere each figure would be one more stop. */
  function reach() {
    for (const figure of document.querySelectorAll(".pagecheck-figure")) {
      if (figure.scrollWidth > figure.clientWidth) figure.tabIndex = 0;
      else figure.removeAttribute("tabindex");
    }
  }

  window.addEventListener("load", () => {
    name();
    open();
    explain();
    reach();
  });
  window.addEventListener("resize", reach);
  window.addEventListener("hashchange", open);
})();
