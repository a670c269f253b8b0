// Taking a page away: its link and its tables into the clipboard, print, and addresses of files that keep up with the page's own.
(function () {
  "use strict";
  if (window.chhlangTake) {
    return;
  }
  window.chhlangTake = true;

  var FORMULA = /^[=+\-@\uff1d\uff0b\uff0d\uff20\t\r]/;
  var NUMBER = /^[+\-]?[\d.,]+%?$/;

  // The text of a cell as a spreadsheet may have it: no tab, no line, and nothing that it would run.
  function cell(place) {
    var copy = place.cloneNode(true);
    copy.querySelectorAll(".visually-hidden, .swatch, svg, script").forEach(function (part) {
      part.remove();
    });
    copy.querySelectorAll("br").forEach(function (part) {
      part.replaceWith(" ");
    });
    var text = copy.textContent.replace(/\s+/g, " ").trim();
    return FORMULA.test(text) && !NUMBER.test(text) ? "'" + text : text;
  }

  function rows(table) {
    return Array.from(table.rows)
      .map(function (row) {
        return Array.from(row.cells)
          .map(function (place) {
            return cell(place) + "\t".repeat(Math.max(0, place.colSpan - 1));
          })
          .join("\t");
      })
      .join("\n");
  }

  function copied(text) {
    if (navigator.clipboard && window.isSecureContext) {
      return navigator.clipboard.writeText(text);
    }
    var field = document.createElement("textarea");
    field.value = text;
    field.setAttribute("readonly", "");
    field.className = "visually-hidden";
    document.body.appendChild(field);
    field.select();
    var done = document.execCommand("copy");
    field.remove();
    return done ? Promise.resolve() : Promise.reject(new Error("not copied"));
  }

  function say(button, bar) {
    var before = button.textContent;
    button.textContent = bar.dataset.copied;
    bar.querySelector("[role=status]").textContent = bar.dataset.copied;
    window.setTimeout(function () {
      button.textContent = before;
    }, 2000);
  }

  // The question in the address bar, without what is no part of one.
  function question(bar) {
    var kept = new URLSearchParams(), names = bar.dataset.follow.split(",");
    new URLSearchParams(window.location.search).forEach(function (text, name) {
      if (names.indexOf(name) >= 0) {
        kept.append(name, text);
      }
    });
    return kept.toString() ? "?" + kept.toString() : "";
  }

  function follow(bar) {
    if (bar.dataset.follow) {
      bar.querySelectorAll("[data-base]").forEach(function (link) {
        link.href = link.dataset.base + question(bar);
      });
    }
  }

  function offer(bar, table) {
    if (table.dataset.copy || table.closest(".take-away, .today-top")) {
      return;
    }
    table.dataset.copy = "offered";
    var button = document.createElement("button");
    button.type = "button";
    button.className = "quiet copy-table";
    button.textContent = bar.dataset.copyTable;
    button.addEventListener("click", function () {
      copied(rows(table)).then(function () {
        say(button, bar);
      });
    });
    (table.closest(".scroll") || table).insertAdjacentElement("afterend", button);
  }

  function begin() {
    var bar = document.querySelector(".take-away");
    if (!bar) {
      return;
    }
    bar.addEventListener("toggle", function () {
      follow(bar);
    });
    ["pointerdown", "focusin", "keydown"].forEach(function (kind) {
      bar.addEventListener(kind, function () {
        follow(bar);
      });
    });
    bar.addEventListener("click", function (event) {
      var link = event.target.closest("[data-copy-link]");
      if (link) {
        event.preventDefault();
        follow(bar);
        copied(link.href).then(function () {
          say(link, bar);
        });
      } else if (event.target.closest("[data-print]")) {
        bar.open = false;
        window.print();
      }
    });
    document.addEventListener("keydown", function (event) {
      if (event.key === "Escape" && bar.open) {
        bar.open = false;
        bar.querySelector("summary").focus();
      }
    });
    function tables() {
      document.querySelectorAll("main table").forEach(function (table) {
        offer(bar, table);
      });
    }
    tables();
    // The map page fetches its tables: each comes whole, and none is drawn by React.
    new MutationObserver(tables).observe(document.querySelector("main"), { childList: true, subtree: true });
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", begin);
  } else {
    begin();
  }
})();
