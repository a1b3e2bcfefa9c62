// Keeps a page up to date without touching what is being typed, and asks before typed text is lost.
// Every page works without it.
"use strict";

(() => {
  const EVERY_MS = 5000;
  const EVERY_MS_SIGNED_IN = 30000;
  const main = document.querySelector("main");
  const banner = document.querySelector("#news");
  const spoken = document.querySelector("#spoken");
  let leaving = false;
  let waiting = ""; // the page as it is now, while a part of it could not be taken over

  /** Whether something in a part of the page has been typed or chosen and not yet sent. */
  function isChanged(part) {
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

  function isTouched(part) {
    const active = document.activeElement;
    return (part.contains(active) && active.matches("input, select, textarea")) || isChanged(part);
  }

  /** Whether something would be lost by leaving the page. */
  function isTyping() {
    const forms = [...document.querySelectorAll("form[data-keep]")];
    return forms.some((form) => "unsaved" in form.dataset || isChanged(form));
  }

  function tell(name) {
    banner.querySelectorAll("[data-news]").forEach((text) => {
      text.hidden = text.dataset.news !== name;
    });
    banner.hidden = false;
  }

  /** What stays the same of a link or button when the part around it is made anew. */
  function keyOf(element) {
    return element.id || element.getAttribute("href") || element.form?.getAttribute("action");
  }

  /** Takes over the parts that are new; where somebody is typing nothing moves, and they are told. */
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
      const focused = part.contains(document.activeElement) ? keyOf(document.activeElement) : "";
      const open = [...part.querySelectorAll("details[open][id]")].map((each) => each.id);
      part.replaceChildren(...document.importNode(other, true).childNodes);
      open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
      if (focused) {
        const again = [...part.querySelectorAll("a, button, summary, select")];
        (again.find((each) => keyOf(each) === focused) ?? main).focus({ preventScroll: true });
      }
    }
    main.dataset.fingerprint = fresh.querySelector("main").dataset.fingerprint;
    waiting = kept ? html : "";
    if (kept) tell("changed");
    else if (isTyping()) tell("renewed");
    else banner.hidden = true;
    if (!kept) spoken.textContent = spoken.dataset.renewed;
  }

  function stop() {
    clearInterval(looking);
    document.removeEventListener("visibilitychange", look);
  }

  async function look() {
    if (document.hidden) return;
    // A page without a fingerprint can't be asked for news, only whether one is still signed in.
    const page = main.dataset.fingerprint ? location.pathname + location.search : "/account";
    let answer;
    try {
      answer = await fetch(page, {
        headers: { "X-Background": "1", "X-Seen": signedOut ? "" : main.dataset.fingerprint },
        redirect: "error",
      });
    } catch {
      return; // away for a moment; the next look will tell
    }
    if (answer.status === 401) {
      signedOut = true;
      tell("signed-out");
    } else if (answer.status === 200 && signedOut) {
      // Signed in again, in another tab: what is typed here can be sent, with the new session's token.
      signedOut = false;
      banner.hidden = true;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const token = fresh.querySelector("input[name=csrf]")?.value ?? "";
      document.querySelectorAll("input[name=csrf]").forEach((field) => (field.value = token));
      const other = fresh.querySelector("main").dataset.fingerprint;
      if (main.dataset.fingerprint && other !== main.dataset.fingerprint) look();
    } else if (answer.status === 200 && main.dataset.fingerprint) {
      // On a page that is a form as a whole nothing is taken over; once told, nothing is left to ask.
      if (document.querySelector("[data-live]")) renew(await answer.text());
      else {
        stop();
        tell("changed");
      }
    } else if (answer.status === 204 && waiting) {
      renew(waiting);
    }
  }

  let signedOut = false;
  let looking = 0;
  if (main?.dataset.fingerprint || document.querySelector("form[data-keep]")) {
    looking = setInterval(look, main.dataset.fingerprint ? EVERY_MS : EVERY_MS_SIGNED_IN);
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

  document.querySelector("a[data-leave]")?.addEventListener("click", () => {
    leaving = true;
  });

  window.addEventListener("pageshow", () => {
    leaving = false;
    document.querySelectorAll("button[disabled]").forEach((button) => button.removeAttribute("disabled"));
  });

  window.addEventListener("beforeunload", (event) => {
    if (!leaving && isTyping()) event.preventDefault();
  });

  document.querySelector("[data-print]")?.addEventListener("click", () => window.print());

  // A wide screen shows the menu; a phone opens it when it is wanted.
  const menu = document.querySelector(".menu details");
  if (menu) {
    const wide = matchMedia("(min-width: 56.01rem)");
    const fit = () => menu.toggleAttribute("open", wide.matches);
    wide.addEventListener("change", fit);
    fit();
  }
})();
