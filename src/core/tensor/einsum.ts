import { InvalidInputError } from "../errors.ts";
import { type Tensor, type TensorLike, toTensor } from "./tensor.ts";
import { refuse, showType } from "./type.ts";

/** An operand with one letter for each axis. */
interface Labelled {
  readonly tensor: Tensor;
  readonly letters: readonly string[];
}

/**
 * Sum of products by the Einstein convention: `einsum("bhqd,bhkd->bhqk", q, k)`. Letters that the result
 * lacks are summed over; without `->` the result has the letters that occur once, in alphabetical order;
 * `...` stands for further axes on the left, broadcast. Operands are joined from left to right, each pair by
 * one batched matrix product.
 */
export function einsum(equation: string, ...operands: readonly TensorLike[]): Tensor {
  const like = operands.map((x) => toTensor(x));
  const { inputs, output } = parse(equation, like);
  let pending: Labelled[] = like.map((tensor, i) => diagonal({ tensor, letters: inputs[i]! }));
  const extents = new Map<string, number>();
  for (const { tensor, letters } of pending)
    for (const [axis, letter] of letters.entries()) {
      const extent = tensor.shape[axis]!;
      const known = extents.get(letter) ?? 1;
      if (known !== 1 && extent !== 1 && known !== extent)
        refuse(
          "einsum",
          `letter ${letter} of "${equation}" is ${known} and ${extent} in ${like.map(showType).join(", ")}`,
        );
      extents.set(letter, Math.max(known, extent));
    }
  while (pending.length > 1) {
    const [a, b, ...rest] = pending as [Labelled, Labelled, ...Labelled[]];
    const needed = new Set([...output, ...rest.flatMap(({ letters }) => letters)]);
    pending = [join(a, b, needed), ...rest];
  }
  const last = sumOut(pending[0]!, new Set(output));
  for (const letter of output)
    if (!last.letters.includes(letter))
      throw new InvalidInputError(
        "equation",
        `letter ${letter} of the result occurs in no operand: "${equation}"`,
      );
  return last.tensor.transpose(output.map((letter) => last.letters.indexOf(letter)));
}

function parse(equation: string, operands: readonly Tensor[]): { inputs: string[][]; output: string[] } {
  const [left, right, ...more] = equation.replaceAll(/\s/g, "").split("->");
  const terms = left!.split(",");
  if (more.length > 0 || terms.length !== operands.length)
    throw new InvalidInputError("equation", `"${equation}" does not name ${operands.length} operands`);
  let widest = 0;
  const split = terms.map((term, i) => {
    if (!/^[A-Za-z]*(\.\.\.)?[A-Za-z]*$/.test(term))
      throw new InvalidInputError("equation", `expected letters and one "..." in a term, got "${term}"`);
    const letters = term.replace("...", "").length;
    const rank = operands[i]!.rank;
    if (term.includes("...") ? letters > rank : letters !== rank)
      refuse("einsum", `term "${term}" of "${equation}" does not fit ${showType(operands[i]!)}`);
    if (term.includes("...")) widest = Math.max(widest, rank - letters);
    return { term, extra: rank - letters };
  });
  const dots = (count: number) => Array.from({ length: count }, (_, i) => `.${widest - count + i}`);
  const expand = (term: string, count: number): string[] => {
    const place = term.indexOf("...");
    if (place < 0) return [...term];
    return [...term.slice(0, place), ...dots(count), ...term.slice(place + 3)];
  };
  const inputs = split.map(({ term, extra }) => expand(term, extra));
  if (right !== undefined) return { inputs, output: expand(right, widest) };
  const counts = new Map<string, number>();
  for (const letter of inputs.flat()) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  const once = [...counts].flatMap(([letter, count]) =>
    count === 1 && !letter.startsWith(".") ? [letter] : [],
  );
  return { inputs, output: [...dots(widest), ...once.sort()] };
}

/** Takes the diagonal where one operand has a letter twice. */
function diagonal({ tensor, letters }: Labelled): Labelled {
  const twice = letters.find((letter, i) => letters.indexOf(letter) !== i);
  if (twice === undefined) return { tensor, letters };
  const first = letters.indexOf(twice);
  const second = letters.indexOf(twice, first + 1);
  const extent = tensor.shape[first]!;
  if (extent !== tensor.shape[second])
    refuse("einsum", `letter ${twice} stands for two different extents of ${showType(tensor)}`);
  const front = tensor.moveAxis(second, 0).moveAxis(first + 1, 0);
  const rest = letters.filter((_, axis) => axis !== first && axis !== second);
  const flat = front.reshape([extent * extent, ...front.shape.slice(2)]);
  const places = Int32Array.from({ length: extent }, (_, i) => i * (extent + 1));
  const taken = flat.gather({ dtype: "int32", shape: [extent], data: places });
  return diagonal({ tensor: taken, letters: [twice, ...rest] });
}

function sumOut({ tensor, letters }: Labelled, needed: ReadonlySet<string>): Labelled {
  const axes = letters.flatMap((letter, axis) => (needed.has(letter) ? [] : [axis]));
  return axes.length === 0
    ? { tensor, letters }
    : { tensor: tensor.sum(axes), letters: letters.filter((letter) => needed.has(letter)) };
}

/** One batched product: letters of both that are needed are its batch, of both and not needed its inside. */
function join(left: Labelled, right: Labelled, needed: ReadonlySet<string>): Labelled {
  const a = sumOut(left, new Set([...needed, ...right.letters]));
  const b = sumOut(right, new Set([...needed, ...left.letters]));
  const shared = a.letters.filter((letter) => b.letters.includes(letter));
  const extentIn = ({ tensor, letters }: Labelled, letter: string) => tensor.shape[letters.indexOf(letter)]!;
  // A letter of extent 1 on one side only is broadcast, not contracted.
  const stretched = shared.filter((letter) => extentIn(a, letter) !== extentIn(b, letter));
  const inside = shared.filter((letter) => !needed.has(letter) && !stretched.includes(letter));
  const batch = shared.filter((letter) => !inside.includes(letter));
  const ownA = a.letters.filter((letter) => !shared.includes(letter));
  const ownB = b.letters.filter((letter) => !shared.includes(letter));
  const arrange = (x: Labelled, order: readonly string[]) =>
    x.tensor.transpose(order.map((letter) => x.letters.indexOf(letter)));
  const extents = (x: Labelled, letters: readonly string[]) => letters.map((letter) => extentIn(x, letter));
  const count = (list: readonly number[]) => list.reduce((p, q) => p * q, 1);
  const letters = [...batch, ...ownA, ...ownB];
  let tensor: Tensor;
  if (inside.length === 0) {
    const ones = (list: readonly string[]) => list.map(() => 1);
    const x = arrange(a, [...batch, ...ownA]).reshape([
      ...extents(a, batch),
      ...extents(a, ownA),
      ...ones(ownB),
    ]);
    const y = arrange(b, [...batch, ...ownB]).reshape([
      ...extents(b, batch),
      ...ones(ownA),
      ...extents(b, ownB),
    ]);
    tensor = x.mul(y);
  } else {
    const k = count(extents(a, inside));
    const x = arrange(a, [...batch, ...ownA, ...inside]).reshape([
      ...extents(a, batch),
      count(extents(a, ownA)),
      k,
    ]);
    const y = arrange(b, [...batch, ...inside, ...ownB]).reshape([
      ...extents(b, batch),
      k,
      count(extents(b, ownB)),
    ]);
    const z = x.matmul(y);
    tensor = z.reshape([...z.shape.slice(0, -2), ...extents(a, ownA), ...extents(b, ownB)]);
  }
  return sumOut({ tensor, letters }, needed);
}
