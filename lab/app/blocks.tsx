import { useSignal } from "@preact/signals";
import type { Block } from "../content/content.ts";

/** Pieces of a page, made from the paper's own document when the lab was built. */
export function Blocks({ blocks }: { blocks: readonly Block[] }) {
  return (
    <>
      {blocks.map((block, i) =>
        block.kind === "code" ? (
          <Code key={i} {...block} />
        ) : (
          <div key={i} class="prose" dangerouslySetInnerHTML={{ __html: block.html }} />
        ),
      )}
    </>
  );
}

const languages: Readonly<Record<string, string>> = {
  sh: "Command line",
  ts: "TypeScript",
  text: "Text",
  bibtex: "BibTeX",
};

export function Code({ language, code }: { language: string; code: string }) {
  const state = useSignal<"" | "Copied" | "Press Ctrl+C">("");
  const name = languages[language] ?? language;
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(code.trimEnd());
      state.value = "Copied";
    } catch {
      state.value = "Press Ctrl+C";
    }
    setTimeout(() => {
      state.value = "";
    }, 2000);
  };
  return (
    <figure class="code">
      <figcaption>
        <span>{name}</span>
        <button type="button" onClick={copy} aria-label={`Copy ${name} snippet`}>
          <span aria-live="polite">{state.value || "Copy"}</span>
        </button>
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, with the keyboard too */}
      <pre tabIndex={0}>
        <code>{code.trimEnd()}</code>
      </pre>
    </figure>
  );
}
