import type { FormulasView } from "ockham/demo";
import { useEffect, useRef } from "preact/hooks";

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

/** Set by KaTeX, which is loaded with the first formula that a demo computes. */
function Formula({ tex }: { tex: string }) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let current = true;
    import("katex").then(({ default: katex }) => {
      if (current && host.current)
        katex.render(tex, host.current, { displayMode: true, throwOnError: false });
    });
    return () => {
      current = false;
    };
  }, [tex]);
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide formula scrolls by itself
  return <div ref={host} class="formula" tabIndex={0} role="math" aria-label={tex} />;
}
