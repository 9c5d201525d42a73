/* Exercises that are answered in the page: numbers are judged by the data of cnnbook.exercises, in
   the words of its check, and what a reader has solved is remembered in the browser. */
(function () {
  "use strict";

  const KEY = "cnnbook-solved";
  const NO_NUMBER = "This is no number. Type one like 12, −3, 0.25 or 1/4.";

  /* ---- What is typed, as a number ---- */

  const FUNCTIONS = {
    ln: Math.log, log: Math.log, log2: Math.log2, log10: Math.log10, sqrt: Math.sqrt,
  };
  const TOKEN = new RegExp(
    "\\s*(?:(\\d{1,3}(?:,\\d{3})+(?![\\d,])(?:\\.\\d+)?(?:e[+-]?\\d+)?)" + // 1,114,112
      "|((?:\\d+(?:[.,]\\d*)?|[.,]\\d+)(?:e[+-]?\\d+)?)" + // 12, 0.25, 0,25, 2e3
      "|(log2|log10|log|ln|sqrt)|(\\*\\*|[-+*/^()%]))",
    "iy",
  );

  function plainSigns(text) {
    return text
      .replace(/[−–]/g, "-").replace(/[×·⋅]/g, "*").replace(/[÷:⁄]/g, "/")
      .replace(/(\d)[\s_](?=\d{3}(?!\d))/g, "$1").replace(/(\d)_(?=\d)/g, "$1");
  }

  /* Commas part thousands where there are several, or a point behind; one alone is a decimal comma,
     but where a number above a thousand is asked for. */
  function grouped(text, large) {
    const thousands = text.split(",").length > 2 || text.includes(".") || (large && text[0] !== "0");
    return Number(thousands ? text.replaceAll(",", "") : text.replace(",", "."));
  }

  function tokens(text, large) {
    const found = [];
    const plain = plainSigns(text).trim();
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < plain.length) {
      const match = TOKEN.exec(plain);
      if (!match) {
        return null;
      }
      if (match[1] !== undefined) {
        found.push(grouped(match[1], large));
      } else if (match[2] !== undefined) {
        found.push(Number(match[2].replace(",", ".")));
      } else {
        found.push((match[3] || match[4]).toLowerCase().replace("**", "^"));
      }
    }
    return found;
  }

  /* The value of an expression like -3, 1/4, 12 * 15 ** 2 or 2 * ln(2); NaN if it is none. */
  function value(list) {
    let place = 0;
    const next = (...signs) => signs.includes(list[place]) && list[place++];
    function sum() {
      let left = product();
      for (let sign; (sign = next("+", "-")); ) {
        const right = product();
        left = sign === "+" ? left + right : left - right;
      }
      return left;
    }
    function product() {
      let left = signed();
      for (let sign; (sign = next("*", "/")); ) {
        const right = signed();
        left = sign === "*" ? left * right : left / right;
      }
      return left;
    }
    function signed() {
      const sign = next("+", "-");
      return sign ? (sign === "-" ? -signed() : signed()) : power();
    }
    function power() {
      const base = percent();
      return next("^") ? base ** signed() : base;
    }
    function percent() {
      const part = single();
      return next("%") ? part / 100 : part;
    }
    function single() {
      const token = list[place++];
      if (typeof token === "number") {
        return token;
      }
      if (token in FUNCTIONS) {
        return FUNCTIONS[token](signed());
      }
      const inside = token === "(" ? sum() : NaN;
      return next(")") ? inside : NaN;
    }
    const result = sum();
    return place === list.length ? result : NaN;
  }

  /* {value} or {problem}. */
  function read(text, data) {
    if (!text.trim()) {
      return { problem: "There is no answer yet: type a number." };
    }
    const list = tokens(text, Math.max(...data.right.map(Math.abs)) >= 1000);
    if (list && list.includes("%") && !data.share) {
      return { problem: "A plain number is asked for here, without %." };
    }
    const found = list ? value(list) : NaN;
    if (!Number.isFinite(found)) {
      return { problem: data.share ? NO_NUMBER.replace(" or", ", 25 % or") : NO_NUMBER };
    }
    return { value: found };
  }

  /* ---- The verdict, as cnnbook.exercises.by_hand gives it ---- */

  /* A number as Python's "%.4g" writes it, or with more digits; whole ones in full. */
  function written(number, precision = 4) {
    if (Number.isInteger(number)) {
      return BigInt(number).toString();
    }
    const places = precision - 1;
    let [digits, exponent] = Math.abs(number).toExponential(places).split("e");
    const exact = Math.abs(number).toExponential(60);
    if (/^50*e/.test(exact.slice(2 + places)) && Number(digits[1 + places]) % 2) {
      digits = (Number(digits) - 10 ** -places).toFixed(places); // half-way: to the even digit
    }
    digits = digits.replace(/\.?0+$/, "");
    if (exponent < -4 || exponent > places) {
      const power = String(Math.abs(exponent)).padStart(2, "0");
      digits += `e${exponent < 0 ? "-" : "+"}${power}`;
    } else {
      digits = String(Number(`${digits}e${exponent}`));
    }
    return (number < 0 ? "-" : "") + digits;
  }

  function table(numbers, shape) {
    if (!shape.length) {
      return written(numbers[0]);
    }
    const size = numbers.length / shape[0];
    const parts = Array.from({ length: shape[0] }, (_, i) =>
      table(numbers.slice(i * size, (i + 1) * size), shape.slice(1)));
    return `[${parts.join(", ")}]`;
  }

  const near = (given, due, [absolute, share]) =>
    given.every((x, i) => Math.abs(x - due[i]) <= absolute + share * Math.abs(due[i]));

  const total = (weights, given) => weights.reduce((sum, weight, i) => sum + weight * given[i], 0);

  const SIGNS = {
    ">": (a, b) => a > b, "<=": (a, b) => a <= b, "==": (a, b) => a === b,
  };

  /* In words, where an answer differs first from what was due. */
  function difference(given, data) {
    const differs = given.map((x, i) => !near([x], [data.right[i]], [1e-4, 1e-4]));
    const first = differs.indexOf(true);
    if (first < 0) {
      return "";
    }
    const columns = data.shape[1];
    const place = `(${Math.floor(first / columns)}, ${first % columns})`;
    const count = differs.filter(Boolean).length;
    const pairs = [4, 6, 9, 17].map((precision) =>
      [given[first], data.right[first]].map((number) => written(number, precision)));
    const [came, due] = pairs.find(([one, other]) => one !== other) || pairs[0];
    return `At ${place} ${came} came out, ${due} was due; ` +
      `${count} of ${given.length} numbers differ.`;
  }

  function judge(data, given) {
    function say(passed, words, condition = data.conditions[0]) {
      const fills = {
        given: () => table(given, data.shape),
        first: () => difference(given, data),
        value: () => written(total(condition[0], given)),
      };
      return { passed, words: words.replace(/\{(given|first|value)\}/g, (_, name) => fills[name]()) };
    }
    if (near(given, data.right, data.within)) {
      return say(true, data.praise);
    }
    const mistake = data.mistakes.find(([, wrong]) => near(given, wrong, data.near));
    if (mistake) {
      return say(false, mistake[0]);
    }
    const failed = data.conditions.find(
      ([weights, sign, bound]) => !SIGNS[sign](total(weights, given), bound));
    if (failed) {
      return say(false, failed[3], failed);
    }
    return data.otherwise ? say(false, data.otherwise) : say(true, data.praise);
  }

  /* ---- What has been solved ---- */

  let memory = new Set(); // where nothing can be stored

  function solved() {
    try {
      const stored = JSON.parse(localStorage.getItem(KEY) || "[]");
      memory = new Set(Array.isArray(stored) ? stored : []);
    } catch {
      // As far as this page remembers.
    }
    return memory;
  }

  function store(names) {
    memory = names;
    try {
      localStorage.setItem(KEY, JSON.stringify([...names]));
    } catch {
      // This page remembers.
    }
    show();
  }

  function mark(name, is) {
    const names = new Set(solved());
    names[is ? "add" : "delete"](name);
    store(names);
  }

  /* ---- What is seen ---- */

  function element(tag, properties, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  }

  const places = () => document.querySelectorAll(".exercise-answer");

  /* Ticks, boxes, the numbers in the contents, and the offer to forget. */
  function show() {
    const names = solved();
    for (const place of places()) {
      const is = names.has(place.dataset.exercise);
      const title = place.closest(".exercise").querySelector(".admonition-title");
      const tick = title.querySelector(".exercise-solved");
      if (is && !tick) {
        const sign = element("span", { ariaHidden: "true" }, "✓ ");
        title.append(element("span", { className: "exercise-solved" }, sign, "solved"));
      } else if (!is && tick) {
        tick.remove();
      }
      for (const box of place.querySelectorAll("[type=checkbox]")) {
        box.checked = is;
      }
    }
    count(names);
    const forget = document.querySelector(".exercises-forget");
    if (forget) {
      forget.hidden = !names.size && !forget.dataset.before;
    }
  }

  /* "2 of 5" behind each chapter of which something is solved. */
  function count(names) {
    const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
    for (const link of document.querySelectorAll("nav.bd-links a")) {
      const page = new URL(link.href).pathname;
      const chapter = decodeURI(page.slice(root.pathname.length)).replace(/\.html$/, "");
      const all = (window.cnnbookChapters || {})[page.startsWith(root.pathname) ? chapter : ""] || [];
      const done = all.filter((name) => names.has(name)).length;
      link.querySelector(".exercises-count")?.remove();
      if (done) {
        const rest = element("span", { className: "visually-hidden" }, " exercises solved");
        link.append(
          element("span", { className: "exercises-count" }, `${done} of ${all.length}`, rest));
      }
    }
  }

  function offerToForget() {
    const last = [...document.querySelectorAll(".exercise, .solution")].pop();
    if (!last) {
      return;
    }
    const line = element("p", { className: "exercises-forget", hidden: true });
    const button = element("button", { type: "button" }, "Forget what I have solved");
    line.append(button);
    button.addEventListener("click", () => {
      const before = line.dataset.before;
      if (before) {
        delete line.dataset.before;
        store(new Set(JSON.parse(before)));
      } else {
        line.dataset.before = JSON.stringify([...solved()]);
        store(new Set());
      }
      button.textContent = before
        ? "Forget what I have solved" : "Forgotten, in all chapters. Remember it again";
    });
    last.after(line);
  }

  /* ---- The forms ---- */

  function answer(place, data) {
    const fields = [...place.querySelectorAll("form input")];
    const found = fields.map((field) => read(field.value, data));
    fields.forEach((field, i) => {
      field.ariaInvalid = found[i].problem ? "true" : null;
    });
    const odd = found.find((one) => one.problem);
    const verdict = odd
      ? { passed: false, words: odd.problem }
      : judge(data, found.map((one) => one.value));
    const line = place.querySelector(".exercise-verdict");
    const title = odd ? "" : verdict.passed ? "Right." : "Not yet.";
    line.replaceChildren(element("p", {}, element("strong", {}, title), ` ${verdict.words}`.trimEnd()));
    line.classList.toggle("exercise-right", verdict.passed);
    if (verdict.passed) {
      mark(place.dataset.exercise, true);
    } else if (odd) {
      fields[found.indexOf(odd)].focus();
    }
  }

  function start() {
    for (const place of places()) {
      const form = place.querySelector("form");
      if (form) {
        const data = JSON.parse(place.querySelector(".exercise-data").textContent);
        form.hidden = false;
        form.addEventListener("submit", (event) => {
          event.preventDefault();
          answer(place, data);
        });
      }
      const done = place.querySelector(".exercise-done");
      if (done) {
        done.hidden = false;
        done.firstChild.addEventListener("change", (event) =>
          mark(place.dataset.exercise, event.target.checked));
      }
    }
    offerToForget();
    show();
    window.addEventListener("storage", show); // solved in another tab
    window.addEventListener("pageshow", show); // or on a page from which the reader comes back
  }

  window.cnnbookExercises = { judge, read };
  start();
})();
