/** ` (did you mean x?)` for the candidate nearest to a misspelt word, or nothing when none is near. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  let nearest: string | undefined;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
}

/** Fewest insertions, deletions and replacements that turn `a` into `b`; O(|a| |b|). */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, previous[j]! + 1, row[j - 1]! + 1));
    }
    previous = row;
  }
  return previous[b.length]!;
}
