// Keeps a page up to date without touching what is being typed, and asks before typed text is lost.
// Every page works without it.
"use strict";

(() => {
  const EVERY_MS = 5000;
  const main = document.querySelector("main");
  const banner = document.querySelector("#news");
  const spoken = document.querySelector("#spoken");
  let leaving = false;

  /** Whether something in a part of the page has been typed or chosen and not yet sent. */
  function isTouched(part) {
    if (part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) {
      return true;
    }
    return [...part.querySelectorAll("input, select, textarea")].some((field) => {
      if (field.type === "hidden") return false;
      if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
      if (field.matches("select")) {
        const preset = [...field.options].findIndex((option) => option.defaultSelected);
        return field.selectedIndex !== Math.max(preset, 0);
      }
      return field.value !== field.defaultValue;
    });
  }

  function tell(name) {
    banner.querySelectorAll("[data-news]").forEach((text) => {
      text.hidden = text.dataset.news !== name;
    });
    banner.hidden = false;
  }

  /** Takes over the parts that are new; what somebody is typing in stays, and they are told. */
  function renew(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    let kept = false;
    for (const part of document.querySelectorAll("[data-live]")) {
      const other = fresh.getElementById(part.id);
      if (!other || other.innerHTML === part.innerHTML) continue;
      if (isTouched(part)) {
        kept = true;
        continue;
      }
      const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
      const open = [...part.querySelectorAll("details[open][id]")].map((each) => each.id);
      part.replaceChildren(...document.importNode(other, true).childNodes);
      open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
      if (focused) document.getElementById(focused)?.focus();
    }
    const seen = fresh.querySelector("main").dataset.fingerprint;
    if (kept || !document.querySelector("[data-live]")) tell("changed");
    else {
      main.dataset.fingerprint = seen;
      spoken.textContent = spoken.dataset.renewed;
    }
  }

  async function look() {
    if (document.hidden) return;
    let answer;
    try {
      answer = await fetch(location.pathname + location.search, {
        headers: { "X-Background": "1", "X-Seen": main.dataset.fingerprint },
        redirect: "error",
      });
    } catch {
      return; // away for a moment; the next look will tell
    }
    if (answer.status === 401) {
      tell("signed-out");
      clearInterval(looking);
    } else if (answer.status === 200) {
      // On a page that is a form as a whole nothing is taken over.
      if (document.querySelector("[data-live]")) renew(await answer.text());
      else tell("changed");
    } else if (answer.status === 204 && !banner.querySelector("[data-news=changed]").hidden) {
      banner.hidden = true;
    }
  }

  let looking = 0;
  if (main?.dataset.fingerprint) {
    looking = setInterval(look, EVERY_MS);
    document.addEventListener("visibilitychange", look);
  }

  document.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
    if (question && !confirm(question)) {
      event.preventDefault();
      return;
    }
    leaving = true;
    // A second click must not send the same twice.
    if (event.target.method === "post") {
      setTimeout(() => event.submitter?.setAttribute("disabled", ""), 0);
    }
  });

  window.addEventListener("pageshow", () => {
    leaving = false;
    document.querySelectorAll("button[disabled]").forEach((button) => button.removeAttribute("disabled"));
  });

  window.addEventListener("beforeunload", (event) => {
    const typed = [...document.querySelectorAll("form[data-keep]")].some(isTouched);
    if (!leaving && typed) event.preventDefault();
  });

  document.querySelector("[data-print]")?.addEventListener("click", () => window.print());

  document.querySelectorAll("select[data-submit]").forEach((field) => {
    field.addEventListener("change", () => field.form.requestSubmit());
  });

  // A wide screen shows the menu; a phone opens it when it is wanted.
  const menu = document.querySelector(".menu details");
  if (menu) {
    const wide = matchMedia("(min-width: 56.01rem)");
    const fit = () => menu.toggleAttribute("open", wide.matches);
    wide.addEventListener("change", fit);
    fit();
  }
})();
