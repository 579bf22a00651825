// Runs before the first paint, so that a chosen scheme never flashes the other one.
"use strict";
(() => {
  const chosen = localStorage.getItem("pisces.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
