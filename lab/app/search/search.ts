import { cards } from "virtual:ockham/catalogue";
import { signal } from "@preact/signals";
import type { PaperCard } from "../../content/content.ts";
import { fields } from "../fields.ts";

/** How results are ranked now: by the words typed, or by their meaning once the word vectors are there. */
type Mode = "words" | "loading" | "meaning" | "failed";

const mode = signal<Mode>("words");
/** Positions of cards by falling similarity of meaning, for the last query asked. */
const meaning = signal<{ readonly text: string; readonly order: readonly number[] } | undefined>(undefined);
let ask: ((text: string) => void) | undefined;

export const searchState = {
  mode,
  /** Loads word vectors and the index of the catalogue, in a worker of their own. */
  prepare(): void {
    if (mode.value !== "words") return;
    mode.value = "loading";
    import("./meaning.ts")
      .then(async ({ meaningSearch }) => {
        const find = await meaningSearch();
        let latest = "";
        ask = (text) => {
          if (text === latest) return;
          latest = text;
          find(text).then((order) => {
            if (text === latest) meaning.value = { text, order };
          });
        };
        mode.value = "meaning";
      })
      .catch(() => {
        mode.value = "failed";
      });
  },
};

const texts = cards.map(({ id, title, summary, field, year }) =>
  `${title} ${id} ${summary} ${fields[field]} ${year}`.toLowerCase(),
);
const titles = cards.map(({ title, id }) => `${title} ${id}`.toLowerCase());

/**
 * Cards for a query, best first: those that have all its words, by where they have them; then, once it can be told, the
 * nearest in meaning.
 */
export function search(text: string): readonly PaperCard[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  if (words.length === 0) return cards;
  if (mode.value === "words") searchState.prepare();
  if (mode.value === "meaning") ask?.(text);
  const exact = cards
    .map((_, i) => i)
    .filter((i) => words.every((word) => texts[i]!.includes(word)))
    .map((i) => [i, words.filter((word) => titles[i]!.includes(word)).length] as const)
    .toSorted((a, b) => b[1] - a[1])
    .map(([i]) => i);
  const nearest = meaning.value?.text === text ? meaning.value.order.slice(0, 12) : [];
  const some = cards
    .map((_, i) => i)
    .filter((i) => words.some((word) => word.length > 3 && texts[i]!.includes(word)));
  const found = [...exact, ...nearest, ...(nearest.length === 0 ? some : [])];
  return [...new Set(found)].map((i) => cards[i]!);
}
