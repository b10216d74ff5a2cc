import { expect, test } from "vitest";
import { readReadme } from "./readme.ts";

const facts = {
  id: "two-words",
  title: "A Title",
  year: 2024,
  arxiv: "2401.00001",
  field: "graph",
  summary: "A method that is made up for a test of documents.",
} as const;

const document = `# A Title

What it is for, with $a < b$ and [a link](papers/x) and [another](https://example.org).

A. Author, B. Writer and C. Poet, *A Title*, CONF 2024 ([arXiv:2401.00001](https://arxiv.org/abs/2401.00001)).

## The idea

$$
x^2 = \\text{square}
$$

## On your own data

\`\`\`sh
npx ockham run two-words
\`\`\`

## When it helps, and when not

- Never.

## What is measured

Nothing.

<!-- results:two-words -->
| a table |
<!-- /results -->
`;

test("a README becomes the parts of a page", () => {
  const page = readReadme(document, facts);
  expect(page.use).toEqual([
    {
      title: "On your own data",
      blocks: [{ kind: "code", language: "sh", code: "npx ockham run two-words" }],
    },
  ]);
  expect(page.citation).toContain("<em>A Title</em>");
  expect(JSON.stringify(page.avoid)).toContain("Never.");
  expect(JSON.stringify(page.experiment)).not.toContain("a table");
});

test("formulas are set when the lab is built", () => {
  const { purpose, idea } = readReadme(document, facts);
  expect(JSON.stringify(purpose)).toContain('class=\\"katex\\"');
  expect(JSON.stringify(idea)).toContain("katex-display");
  expect(() => readReadme(document.replace("x^2", "\\frac{"), facts)).toThrow();
});

test("links into the repository become text, those to the web open in a new tab", () => {
  const html = JSON.stringify(readReadme(document, facts).purpose);
  expect(html).toContain("and a link and");
  expect(html).toContain('rel=\\"noreferrer\\" target=\\"_blank\\" href=\\"https://example.org\\"');
});

test("the entry for a bibliography has authors, venue and arXiv number", () => {
  expect(readReadme(document, facts).bibtex).toBe(`@misc{twowords2024,
  title = {{A Title}},
  author = {A. Author and B. Writer and C. Poet},
  booktitle = {CONF},
  year = {2024},
  eprint = {2401.00001},
  archivePrefix = {arXiv}
}`);
});
