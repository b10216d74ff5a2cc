import { type AnyCsrMatrix, requireCsr } from "../csr.ts";
import { type Pattern, symmetricPattern } from "../pattern.ts";

/**
 * Fill-reducing order of a square matrix by approximate minimum degree on the graph of A + A^T: eliminating rows and
 * columns in this order, as in `permute(A, order)`, keeps the factors of a Cholesky (or of an LU with pivots from
 * the diagonal) sparse. Rows with far more entries than the others go last. Near O(entries log n) on meshes.
 *
 * Amestoy, Davis and Duff, An approximate minimum degree ordering algorithm, 1996.
 */
export function approximateMinimumDegree(A: AnyCsrMatrix): Int32Array {
  requireCsr("A", A, { square: true });
  return minimumDegreeOrder(A.rows, symmetricPattern(A));
}

/** As {@link approximateMinimumDegree}, for a symmetric pattern without diagonal. */
export function minimumDegreeOrder(n: number, graph: Pattern): Int32Array {
  return new QuotientGraph(n, graph).order();
}

const none = -1;

/**
 * The quotient graph of the elimination. Vertices are variables until they are eliminated and elements, that is
 * cliques of the variables they were joined to, afterwards; a variable's neighbours are some variables and the members
 * of some elements. Variables with equal neighbours are merged into one with a weight. A variable's lists lie in place
 * of its row in the graph, which is always long enough.
 */
class QuotientGraph {
  readonly #n: number;
  readonly #start: Int32Array;
  /** Row by row: first the elements of the variable, then its variables. */
  readonly #lists: Int32Array;
  readonly #elementCount: Int32Array;
  readonly #variableCount: Int32Array;
  /** Members of every element that lives. */
  readonly #members: (Int32Array | undefined)[];
  /** Number of vertices that a variable stands for; 0 once merged or eliminated, negative inside the new element. */
  readonly #weight: Int32Array;
  /** Bound on a variable's number of neighbours; of an element, the weight of its members. */
  readonly #degree: Int32Array;
  /** Lists of variables by degree, doubly linked. */
  readonly #head: Int32Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  #leastDegree = 0;
  /** Vertices merged into each vertex, as linked lists. */
  readonly #firstMerged: Int32Array;
  readonly #nextMerged: Int32Array;
  /** Of an element: `stamp` plus the weight of its members outside the new element. */
  readonly #outside: Float64Array;
  #stamp = 0;
  #eliminated = 0;

  constructor(n: number, { indptr, indices }: Pattern) {
    this.#n = n;
    this.#start = indptr;
    this.#lists = indices.slice();
    this.#elementCount = new Int32Array(n);
    this.#variableCount = new Int32Array(n);
    this.#members = new Array<Int32Array | undefined>(n).fill(undefined);
    this.#weight = new Int32Array(n).fill(1);
    this.#degree = new Int32Array(n);
    this.#head = new Int32Array(n + 1).fill(none);
    this.#next = new Int32Array(n).fill(none);
    this.#previous = new Int32Array(n).fill(none);
    this.#firstMerged = new Int32Array(n).fill(none);
    this.#nextMerged = new Int32Array(n).fill(none);
    this.#outside = new Float64Array(n);
  }

  order(): Int32Array {
    const n = this.#n;
    const pivots: number[] = [];
    const dense: number[] = [];
    const denseDegree = Math.max(16, 10 * Math.sqrt(n));
    for (let i = 0; i < n; i++) {
      const degree = this.#start[i + 1]! - this.#start[i]!;
      this.#degree[i] = degree;
      this.#variableCount[i] = degree;
      if (degree > denseDegree) {
        dense.push(i);
        this.#weight[i] = 0;
        this.#eliminated++;
      }
    }
    for (let i = n - 1; i >= 0; i--) if (this.#weight[i] !== 0) this.#insert(i);
    while (this.#eliminated < n) {
      const pivot = this.#leastVariable();
      this.#eliminate(pivot);
      pivots.push(pivot);
    }
    return this.#numbered([...pivots, ...dense]);
  }

  #leastVariable(): number {
    while (this.#head[this.#leastDegree] === none) this.#leastDegree++;
    const variable = this.#head[this.#leastDegree]!;
    this.#remove(variable);
    return variable;
  }

  #insert(variable: number): void {
    const degree = this.#degree[variable]!;
    const first = this.#head[degree]!;
    this.#next[variable] = first;
    this.#previous[variable] = none;
    if (first !== none) this.#previous[first] = variable;
    this.#head[degree] = variable;
    if (degree < this.#leastDegree) this.#leastDegree = degree;
  }

  #remove(variable: number): void {
    const next = this.#next[variable]!;
    const previous = this.#previous[variable]!;
    if (next !== none) this.#previous[next] = previous;
    if (previous !== none) this.#next[previous] = next;
    else this.#head[this.#degree[variable]!] = next;
  }

  #eliminate(pivot: number): void {
    const weight = this.#weight;
    const degree = this.#degree;
    this.#eliminated += weight[pivot]!;
    const members = this.#newElement(pivot);
    let memberWeight = 0;
    for (const i of members) memberWeight -= weight[i]!;
    this.#weighOutside(members);
    this.#updateLists(pivot, members);
    this.#mergeEqual(members);

    let kept = 0;
    for (const i of members) {
      if (weight[i] === 0) continue;
      weight[i] = -weight[i]!;
      members[kept++] = i;
    }
    // Mass elimination in updateLists has taken weight from the element.
    memberWeight = 0;
    for (let k = 0; k < kept; k++) memberWeight += weight[members[k]!]!;
    for (let k = 0; k < kept; k++) {
      const i = members[k]!;
      const others = memberWeight - weight[i]!;
      degree[i] = Math.min(degree[i]! + others, this.#n - this.#eliminated - weight[i]!);
      this.#insert(i);
    }
    weight[pivot] = 0;
    degree[pivot] = memberWeight;
    this.#members[pivot] = kept === 0 ? undefined : members.slice(0, kept);
  }

  /**
   * The variables joined by eliminating the pivot: its own and those of its elements, which it absorbs. Takes them off
   * the degree lists and marks them by negative weights.
   */
  #newElement(pivot: number): Int32Array {
    const weight = this.#weight;
    const start = this.#start[pivot]!;
    const elements = this.#elementCount[pivot]!;
    let capacity = this.#variableCount[pivot]!;
    for (let k = start; k < start + elements; k++) capacity += this.#members[this.#lists[k]!]?.length ?? 0;
    const members = new Int32Array(capacity);
    let count = 0;
    const own = weight[pivot]!;
    weight[pivot] = 0;
    const take = (i: number): void => {
      if (weight[i]! <= 0) return;
      weight[i] = -weight[i]!;
      this.#remove(i);
      members[count++] = i;
    };
    for (let k = start; k < start + elements; k++) {
      const element = this.#lists[k]!;
      const absorbed = this.#members[element];
      if (absorbed === undefined) continue;
      for (const i of absorbed) take(i);
      this.#members[element] = undefined;
    }
    const end = start + elements + this.#variableCount[pivot]!;
    for (let k = start + elements; k < end; k++) take(this.#lists[k]!);
    weight[pivot] = own;
    return members.subarray(0, count);
  }

  /** For every element that shares variables with the new one: the weight of those it does not share. */
  #weighOutside(members: Int32Array): void {
    this.#stamp += 2 * this.#n + 1;
    for (const i of members) {
      const start = this.#start[i]!;
      const end = start + this.#elementCount[i]!;
      for (let k = start; k < end; k++) {
        const element = this.#lists[k]!;
        if (this.#members[element] === undefined) continue;
        if (this.#outside[element]! < this.#stamp)
          this.#outside[element] = this.#degree[element]! + this.#stamp;
        this.#outside[element]! += this.#weight[i]!;
      }
    }
  }

  /**
   * Puts the pivot's element into the lists of its members, drops from them what it covers, and bounds their
   * degrees outside it. Members left without other neighbours are eliminated with the pivot.
   */
  #updateLists(pivot: number, members: Int32Array): void {
    const weight = this.#weight;
    const lists = this.#lists;
    for (const i of members) {
      const start = this.#start[i]!;
      const elementEnd = start + this.#elementCount[i]!;
      const end = elementEnd + this.#variableCount[i]!;
      let degree = 0;
      let write = start;
      for (let k = start; k < elementEnd; k++) {
        const element = lists[k]!;
        if (this.#members[element] === undefined) continue;
        const outside = this.#outside[element]! - this.#stamp;
        if (outside > 0) {
          degree += outside;
          lists[write++] = element;
        } else this.#members[element] = undefined;
      }
      const elements = write - start;
      for (let k = elementEnd; k < end; k++) {
        const j = lists[k]!;
        if (j === pivot || weight[j]! <= 0) continue;
        degree += weight[j]!;
        lists[write++] = j;
      }
      if (degree === 0) {
        this.#merge(pivot, i);
        this.#eliminated -= weight[i]!;
        weight[i] = 0;
        continue;
      }
      // At least one entry was dropped, the pivot or an element it absorbed, so that there is room for one.
      lists[write] = lists[start + elements]!;
      lists[start + elements] = pivot;
      this.#elementCount[i] = elements + 1;
      this.#variableCount[i] = write - start - elements;
      this.#degree[i] = Math.min(degree, this.#degree[i]!);
    }
  }

  /** Merges members of the new element that have the same neighbours. */
  #mergeEqual(members: Int32Array): void {
    const weight = this.#weight;
    const groups = new Map<number, number[]>();
    for (const i of members) {
      if (weight[i] === 0) continue;
      const start = this.#start[i]!;
      const end = start + this.#elementCount[i]! + this.#variableCount[i]!;
      let hash = 0;
      for (let k = start; k < end; k++) hash = (hash + this.#lists[k]!) | 0;
      const group = groups.get(hash);
      if (group === undefined) groups.set(hash, [i]);
      else group.push(i);
    }
    for (const group of groups.values()) {
      for (let a = 0; a < group.length; a++) {
        const i = group[a]!;
        if (weight[i] === 0 || a === group.length - 1) continue;
        const start = this.#start[i]!;
        const count = this.#elementCount[i]! + this.#variableCount[i]!;
        this.#stamp += 2 * this.#n + 1;
        for (let k = start; k < start + count; k++) this.#mark(this.#lists[k]!);
        for (let b = a + 1; b < group.length; b++) {
          const j = group[b]!;
          if (weight[j] === 0 || !this.#sameLists(i, j)) continue;
          weight[i]! += weight[j]!;
          weight[j] = 0;
          this.#merge(i, j);
        }
      }
    }
  }

  /** Marks elements and variables alike: elements get a new `outside` before it is read again. */
  #mark(vertex: number): void {
    this.#outside[vertex] = this.#stamp;
  }

  /** Whether j's lists hold what is marked, and as much of it. */
  #sameLists(i: number, j: number): boolean {
    if (this.#elementCount[i] !== this.#elementCount[j] || this.#variableCount[i] !== this.#variableCount[j])
      return false;
    const start = this.#start[j]!;
    const end = start + this.#elementCount[j]! + this.#variableCount[j]!;
    for (let k = start; k < end; k++) if (this.#outside[this.#lists[k]!] !== this.#stamp) return false;
    return true;
  }

  /** j is to be numbered right after i. */
  #merge(i: number, j: number): void {
    this.#nextMerged[j] = this.#firstMerged[i]!;
    this.#firstMerged[i] = j;
  }

  /** The pivots in order, each followed by all that was merged into it. */
  #numbered(pivots: readonly number[]): Int32Array {
    const order = new Int32Array(this.#n);
    let next = 0;
    const stack: number[] = [];
    for (const pivot of pivots) {
      stack.push(pivot);
      for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
        order[next++] = i;
        for (let j = this.#firstMerged[i]!; j !== none; j = this.#nextMerged[j]!) stack.push(j);
      }
    }
    return order;
  }
}
