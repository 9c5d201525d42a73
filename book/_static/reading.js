/* A link to a solution, or into one, opens it. */
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

  window.addEventListener("load", () => {
    name();
    open();
  });
  window.addEventListener("hashchange", open);
})();
