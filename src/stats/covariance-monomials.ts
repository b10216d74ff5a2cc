/**
 * All products of covariances in which every vertex occurs as often as `multidegree` says: the multigraphs with
 * loops of that degree sequence, as lists of indices into `pairs`, ascending. Undefined when there are more
 * than `limit`.
 */
export function covarianceMonomials(
  multidegree: readonly number[],
  pairs: readonly { readonly index: number; readonly i: number; readonly j: number }[],
  limit: number,
): number[][] | undefined {
  const rest = [...multidegree];
  const chosen: number[] = [];
  const monomials: number[][] = [];
  // Pairs come in the order of their first vertex: a vertex left behind unfinished ends the branch.
  const extend = (from: number): boolean => {
    const open = rest.findIndex((degree) => degree > 0);
    if (open < 0) {
      monomials.push([...chosen]);
      return monomials.length <= limit;
    }
    for (let p = from; p < pairs.length; p++) {
      const { index, i, j } = pairs[p]!;
      if (i > open) break;
      if (i < open || rest[j]! < (i === j ? 2 : 1)) continue;
      rest[i]!--;
      rest[j]!--;
      chosen.push(index);
      const within = extend(p);
      chosen.pop();
      rest[i]!++;
      rest[j]!++;
      if (!within) return false;
    }
    return true;
  };
  return extend(0) ? monomials : undefined;
}

/** All vectors of n whole numbers that are not negative with the given sum. */
export function* compositions(n: number, sum: number): Generator<number[]> {
  if (n === 1) {
    yield [sum];
    return;
  }
  for (let first = sum; first >= 0; first--)
    for (const rest of compositions(n - 1, sum - first)) yield [first, ...rest];
}
