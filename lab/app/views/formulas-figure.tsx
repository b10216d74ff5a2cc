import { signal } from "@preact/signals";
import type { FormulasView } from "ockham/demo";
import { useEffect } from "preact/hooks";

export function FormulasFigure({ view }: { view: FormulasView }) {
  useEffect(() => {
    if (setter.value === undefined)
      import("katex").then(({ default: katex }) => {
        setter.value = katex;
      });
  }, []);
  const katex = setter.value;
  return (
    <figure class="view wide formulas-view">
      <figcaption>{view.title}</figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must take the focus */}
      <section class={formulasClass(view.formulas.length)} aria-label={view.title} tabIndex={0}>
        {katex &&
          view.formulas.map(({ tex, says }, i) => (
            <div key={`${i} ${tex}`}>
              <div
                class="formula"
                // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide formula scrolls by itself
                tabIndex={0}
                role="math"
                aria-label={tex}
                dangerouslySetInnerHTML={{
                  __html: katex.renderToString(tex, { displayMode: true, throwOnError: false }),
                }}
              />
              {says && <p>{says}</p>}
            </div>
          ))}
      </section>
    </figure>
  );
}

/** Loaded with the first formula that a demo computes; all are set at once, so that none pushes another away. */
const setter = signal<typeof import("katex").default | undefined>(undefined);

/** Their place has the same height whatever they come to. */
export function formulasClass(count: number): string {
  return `formulas ${count > 1 ? "many" : "one"}`;
}
