// The address is the state: controls write it, the server answers it, and what it resolved to comes back
// to the controls. Everything here is plain DOM; Dash draws the page.
(function () {
  "use strict";

  function go(changes) {
    var parameters = new URLSearchParams(window.location.search);
    Object.keys(changes).forEach(function (name) {
      if (changes[name]) {
        parameters.set(name, changes[name]);
      } else {
        parameters.delete(name);
      }
    });
    var search = parameters.toString();
    var address = window.location.pathname + (search ? "?" + search : "");
    if (address !== window.location.pathname + window.location.search) {
      window.history.pushState({}, "", address);
      window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    }
  }

  function onChange(event) {
    var control = event.target.closest("[data-filter]");
    if (!control) {
      return;
    }
    var name = control.dataset.filter;
    var changes = {};
    if (name === "period") {
      if (!control.value) {
        return;
      }
      changes.from = control.value.slice(0, 10);
      changes.to = control.value.slice(12);
    } else if (name === "view") {
      var parts = control.value.split(":");
      changes = { by: parts[0], place: parts[1], area: "" };
    } else {
      changes[name] = control.value;
    }
    go(changes);
  }

  // What the server resolved the address to, written into the controls.
  function show() {
    var resolved = document.getElementById("resolved");
    if (!resolved || !resolved.textContent) {
      return;
    }
    var state = JSON.parse(resolved.textContent);
    document.querySelectorAll("[data-filter]").forEach(function (control) {
      var value = state[control.dataset.filter] || "";
      if (control.value !== value) {
        control.value = value;
      }
      if (control.tagName === "SELECT" && control.selectedIndex < 0) {
        control.selectedIndex = 0;
      }
      var axis = control.dataset.axis;
      if (axis) {
        control.disabled = (state.unavailable || []).indexOf(axis) >= 0;
      }
    });
  }

  function clear(event) {
    if (event.target.closest("#clear-groups")) {
      go({ residence: "", activity: "", movement: "", sex: "", age: "" });
    }
  }

  document.addEventListener("change", onChange);
  document.addEventListener("click", clear);
  new MutationObserver(function (records) {
    var hit = records.some(function (record) {
      var target = record.target.nodeType === 1 ? record.target : record.target.parentElement;
      return record.type === "childList" || (target && target.closest("#resolved"));
    });
    if (hit) {
      show();
    }
  }).observe(document.documentElement, { childList: true, subtree: true, characterData: true });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.chhlang = {
    selectArea: function (click) {
      var point = click && click.points && click.points[0];
      var code = point && (Array.isArray(point.customdata) ? point.customdata[0] : point.customdata);
      if (code) {
        go({ area: code });
      }
      return window.dash_clientside.no_update;
    },
  };
})();
