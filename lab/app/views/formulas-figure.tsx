import type { FormulasView } from "ockham/demo";
import { useEffect, useRef } from "preact/hooks";

export function FormulasFigure({ view }: { view: FormulasView }) {
  return (
    <figure class="view wide formulas-view">
      <figcaption>{view.title}</figcaption>
      {view.formulas.map(({ tex, says }, i) => (
        <div key={`${i} ${tex}`}>
          <Formula tex={tex} />
          {says && <p>{says}</p>}
        </div>
      ))}
    </figure>
  );
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
