import { cards } from "virtual:ockham/catalogue";
import { useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { CataloguePage } from "./pages/catalogue-page.tsx";
import { PaperPage } from "./pages/paper-page.tsx";
import { hrefOf, route } from "./router.ts";
import { theme, themes } from "./theme.ts";

export function App() {
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const { page, id } = route.value;
  const card = page === "paper" ? cards.find((card) => card.id === id) : undefined;

  useSignalEffect(() => {
    const { page, id } = route.value;
    const title = cards.find((card) => card.id === id)?.title;
    document.title = title === undefined ? "Ockham lab" : `${title} · Ockham lab`;
    // A reader of the screen hears where a followed link has led.
    if (!first.current && page === "paper") main.current?.focus({ preventScroll: true });
    first.current = false;
  });

  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      <header class="site-header">
        <a class="brand" href={hrefOf()}>
          <Mark />
          <span>Ockham</span>
        </a>
        <nav aria-label="Site">
          <a href={hrefOf()} aria-current={page === "catalogue" ? "page" : undefined}>
            Papers
          </a>
        </nav>
        <label class="theme">
          <span class="visually-hidden">Theme</span>
          <select
            value={theme.value}
            onChange={({ currentTarget }) => {
              theme.value = themes.find((name) => name === currentTarget.value) ?? "system";
            }}
          >
            <option value="system">Auto</option>
            <option value="light">Light</option>
            <option value="dark">Dark</option>
          </select>
        </label>
      </header>
      <main ref={main} tabIndex={-1} id="main">
        {page === "catalogue" && <CataloguePage />}
        {card && <PaperPage key={card.id} card={card} />}
        {page !== "catalogue" && !card && (
          <div class="lost">
            <h1>No such page</h1>
            <p>
              The lab has no page here. <a href={hrefOf()}>All papers</a>
            </p>
          </div>
        )}
      </main>
      <footer class="site-footer">
        <p>
          Everything runs in this page. Nothing is sent anywhere, and files that you open stay on your
          machine.
        </p>
        <p>
          Figures come from the last full run of each experiment; misses are shown as misses. The same
          methods: <code>npm install ockham</code>
        </p>
      </footer>
    </>
  );
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <path class="mark-back" d="M4 24.5C11 24.5 12 8 18 8" />
      <path class="mark-front" d="M4 24.5C18 24.5 14 8 28 8" />
    </svg>
  );
}
