import katex from "katex";
import { Marked, type Token, type Tokens } from "marked";
import type { PaperFacts } from "ockham/paper";
import type { Block, PaperPage } from "./content.ts";

type ReadmePart = Pick<
  PaperPage,
  "purpose" | "idea" | "use" | "avoid" | "experiment" | "citation" | "bibtex"
>;

/** Markdown with `$...$` and `$$...$$` set by KaTeX, while the lab is built: pages carry no formula setter. */
const marked = new Marked({
  extensions: [
    {
      name: "formula",
      level: "block",
      start: (source) => source.indexOf("$$"),
      tokenizer(source) {
        const match = /^\$\$([\s\S]+?)\$\$(?:\n|$)/.exec(source);
        return match ? { type: "formula", raw: match[0], tex: match[1]! } : undefined;
      },
      renderer: (token) => formula((token as Tokens.Generic).tex, true),
    },
    {
      name: "inlineFormula",
      level: "inline",
      start: (source) => source.indexOf("$"),
      tokenizer(source) {
        const match = /^\$([^$\n]+?)\$/.exec(source);
        return match ? { type: "inlineFormula", raw: match[0], tex: match[1]! } : undefined;
      },
      renderer: (token) => formula((token as Tokens.Generic).tex, false),
    },
  ],
});

function formula(tex: string, displayMode: boolean): string {
  const html = katex.renderToString(tex.trim(), { displayMode, throwOnError: true });
  // A wide formula scrolls by itself, with the keyboard too.
  return displayMode ? `<div class="formula" role="math" tabindex="0">${html}</div>` : html;
}

/** "When not to use it", "When it helps, and when not". */
const avoidTitle = /^When .*\bnot\b/;

/** The parts of a paper's README that its page shows. */
export function readReadme(text: string, facts: PaperFacts): ReadmePart {
  const tokens = marked.lexer(text.replace(/<!-- results[\s\S]*?<!-- \/results -->/g, ""));
  const sections: { title: string; tokens: Token[] }[] = [{ title: "", tokens: [] }];
  for (const token of tokens) {
    if (token.type === "heading" && token.depth === 2) sections.push({ title: token.text, tokens: [] });
    else if (token.type !== "heading") sections.at(-1)!.tokens.push(token);
  }
  const [head, ...rest] = sections as [{ tokens: Token[] }, ...typeof sections];
  // The last paragraph of the head cites the paper.
  const paragraphs = head.tokens.filter(({ type }) => type === "paragraph");
  const citation = paragraphs.pop();
  const named = (title: string): Block[] =>
    blocksOf(rest.find((section) => section.title === title)?.tokens ?? []);
  return {
    purpose: blocksOf(paragraphs),
    idea: named("The idea"),
    use: rest
      .filter(({ title }) => !["The idea", "What is measured"].includes(title) && !avoidTitle.test(title))
      .map(({ title, tokens }) => ({ title, blocks: blocksOf(tokens) })),
    avoid: blocksOf(rest.find(({ title }) => avoidTitle.test(title))?.tokens ?? []),
    experiment: named("What is measured"),
    citation: citation === undefined ? `<p><em>${facts.title}</em>, ${facts.year}.</p>` : htmlOf([citation]),
    bibtex: bibtexOf(facts, citation?.raw ?? ""),
  };
}

function blocksOf(tokens: readonly Token[]): Block[] {
  const blocks: Block[] = [];
  let prose: Token[] = [];
  const flush = (): void => {
    const html = htmlOf(prose);
    if (html !== "") blocks.push({ kind: "html", html });
    prose = [];
  };
  for (const token of tokens) {
    if (token.type === "code") {
      flush();
      blocks.push({ kind: "code", language: token.lang ?? "", code: token.text as string });
    } else prose.push(token);
  }
  flush();
  return blocks;
}

/** Links of the documents point into the repository: only those to the web are kept. */
function htmlOf(tokens: readonly Token[]): string {
  return marked
    .parser([...tokens])
    .trim()
    .replace(/<a href="(?!https?:)[^"]*">(.*?)<\/a>/g, "$1")
    .replace(/<a href=/g, '<a rel="noreferrer" target="_blank" href=')
    .replace(/<(table|pre)/g, '<$1 tabindex="0"');
}

/** An entry for a bibliography, with what the citation says before and after the title. */
function bibtexOf({ id, title, year, arxiv }: PaperFacts, citation: string): string {
  const flat = citation.replace(/\s+/g, " ").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
  const authors = /^(.*?), \*/.exec(flat)?.[1]?.replace(/,? and |, /g, " and ");
  const venue = /\*, ([A-Za-z][^(,.\d]*)/.exec(flat)?.[1]?.trim();
  const fields = [
    ["title", `{${title}}`],
    ["author", authors],
    ["booktitle", venue],
    ["year", String(year)],
    ["eprint", arxiv],
    ["archivePrefix", arxiv && "arXiv"],
  ].filter(([, value]) => value !== undefined && value !== "");
  return `@misc{${id.replaceAll("-", "")}${year},\n${fields.map(([key, value]) => `  ${key} = {${value}}`).join(",\n")}\n}`;
}
