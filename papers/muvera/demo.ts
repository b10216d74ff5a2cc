import { InvalidInputError } from "ockham";
import { type DemoContext, defineDemo, type Frame, type GivenFile } from "ockham/demo";
import { factsOf, paperIds } from "../catalogue.ts";
import { catalogueSearch } from "./catalogue-search.ts";

export const demo = defineDemo({
  says: "The search of this site: every paper and every query is a set of word vectors, folded into one long vector whose inner products estimate how well the words match. Ask for something in words that no summary uses. Beside it: comparison with every paper (the truth), mean vectors, and matching of words.",
  shows: [
    { kind: "table", title: "Best papers", rows: 5 },
    { kind: "plot", title: "Share of the truly best papers that are found" },
    { kind: "plot", title: "How well the encodings estimate" },
    { kind: "text", title: "What was compared" },
  ],
  controls: {
    query: {
      kind: "text",
      label: "What are you looking for?",
      value: "weather measurements at scattered stations",
      maxLength: 200,
      examples: [
        "weather measurements at scattered stations",
        "move one cloud of dots onto another",
        "causes and effects with feedback loops",
        "solve many similar equations faster",
      ],
    },
    shown: { kind: "number", label: "Papers shown", value: 5, min: 3, max: 10, step: 1 },
    file: {
      kind: "file",
      label: "Your own texts",
      says: "English texts, a line each, 10 to 500 lines. They are searched in place of the papers.",
      accept: [".txt"],
      maxBytes: 300_000,
    },
  },
  async *run({ query, shown, file }, context: DemoContext) {
    const vectors = await context.asset("word-vectors.safetensors");
    const own = file === undefined ? undefined : passagesOf(file);
    const titles = own ?? paperIds.map((id) => factsOf(id).title);
    const search = await catalogueSearch(vectors, own);
    const words = search.encoder.wordsOf(query);
    if (words.length === 0)
      throw new InvalidInputError("query", "none of its words has a vector; try everyday English words");
    const hits = search.byEncodings(query);
    const truth = search.exactly(query);
    const lists = {
      MUVERA: hits.map(({ document }) => document),
      "every paper compared": truth,
      "mean vectors": search.byMeans(query),
      "words (BM25)": search.byWords(query),
    };
    const products = search.products(words.length);
    const recall = (list: readonly number[], k: number): number =>
      truth.slice(0, k).filter((document) => list.slice(0, k).includes(document)).length / k;
    const depths = Array.from({ length: 10 }, (_, i) => i + 1);
    const views: Frame["views"] = [
      {
        kind: "table",
        title: `Best papers for “${query}”`,
        columns: [{ name: "" }, ...Object.keys(lists).map((name) => ({ name }))],
        rows: Array.from({ length: shown }, (_, place) => [
          `${place + 1}`,
          ...Object.values(lists).map((list) => {
            const title = titles[list[place] ?? -1];
            return title === undefined ? "–" : short(title);
          }),
        ]),
      },
      {
        kind: "plot",
        title: "Share of the truly best papers that are found",
        x: { label: "papers looked at", domain: [1, 10] },
        y: { label: "recall", domain: [0, 1] },
        series: (
          [
            ["MUVERA", "method"],
            ["mean vectors", "baseline"],
            ["words (BM25)", "second-baseline"],
          ] as const
        ).map(([name, role]) => ({
          name,
          role,
          mark: "line" as const,
          x: depths,
          y: depths.map((k) => recall(lists[name], k)),
        })),
      },
      {
        kind: "plot",
        title: "How well the encodings estimate",
        x: { label: "estimate by encodings" },
        y: { label: "true similarity" },
        series: [
          {
            name: "candidates",
            role: "method",
            mark: "points",
            x: hits.map(({ fdeScore }) => fdeScore),
            y: hits.map(({ score }) => score),
          },
        ],
      },
      {
        kind: "text",
        title: "What was compared",
        text: `${words.length} words have vectors: ${words.join(", ")}.\nWith ${titles.length} texts comparing with all of them takes ${Math.round(products.exact / 1000)} thousand multiplications and the encodings ${Math.round(products.encodings / 1000)} thousand: so few documents need no encodings. They pay with many, as the measured claims below show.`,
      },
    ];
    yield { done: 1, total: 1, views };
  },
});

function passagesOf({ name, bytes }: GivenFile): string[] {
  const lines = new TextDecoder()
    .decode(bytes)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (lines.length < 10 || lines.length > 500)
    throw new InvalidInputError(name, `expected 10 to 500 lines of text, got ${lines.length}`);
  return lines;
}

function short(title: string): string {
  return title.length > 62 ? `${title.slice(0, 60)}…` : title;
}
