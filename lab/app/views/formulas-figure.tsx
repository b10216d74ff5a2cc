import { signal } from "@preact/signals";
import type { FormulasView } from "ockham/demo";
import { useEffect } from "preact/hooks";

export function FormulasFigure({ view }: { view: FormulasView }) {
  return (
    <figure class="view wide formulas-view">
      <figcaption>{view.title}</figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must take the focus */}
      <section class={formulasClass(view.formulas.length)} aria-label={view.title} tabIndex={0}>
        {view.formulas.map(({ tex, says }, i) => (
          <div key={`${i} ${tex}`}>
            <Formula tex={tex} />
            {says && <p>{says}</p>}
          </div>
        ))}
      </section>
    </figure>
  );
}

/** Their place has the same height whatever they come to. */
export function formulasClass(count: number): string {
  return `formulas ${count > 1 ? "many" : "one"}`;
}

/** Loaded with the first formula that a demo computes. */
const setter = signal<typeof import("katex").default | undefined>(undefined);

/** All formulas of a frame are set at once, so that none pushes another away. */
function Formula({ tex }: { tex: string }) {
  useEffect(() => {
    if (setter.value === undefined)
      import("katex").then(({ default: katex }) => {
        setter.value = katex;
      });
  }, []);
  const html = setter.value?.renderToString(tex, { displayMode: true, throwOnError: false });
  return (
    <div
      class="formula"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide formula scrolls by itself
      tabIndex={0}
      role="math"
      aria-label={tex}
      dangerouslySetInnerHTML={{ __html: html ?? "" }}
    />
  );
}
