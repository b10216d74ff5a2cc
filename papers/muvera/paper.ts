import { definePaper, type Figure, type Measurement, type Run, type Table } from "ockham/paper";
import { FdeEncoder } from "ockham/retrieval";
import { factsOf } from "../catalogue.ts";
import { type Corpus, loadEncoder, sentences } from "./corpus.ts";
import { judgedTable } from "./judged.ts";
import {
  bm25Candidates,
  candidateCounts,
  candidatesFor90,
  candidatesIn,
  encodeCorpus,
  encoderOf,
  fdeCandidates,
  heuristicCandidates,
  meanPoolCandidates,
  mostCandidates,
  recallOfNearest,
  type Setting,
  truthOf,
} from "./methods.ts";
import { endToEnd, quantize } from "./speed.ts";

const main: Setting = { k: 5, repetitions: 20, projectionDimension: 16 };
const others: readonly Setting[] = [
  { k: 3, repetitions: 20, projectionDimension: 16 },
  { k: 4, repetitions: 20, projectionDimension: 16 },
  { k: 6, repetitions: 20, projectionDimension: 8 },
  { k: 5, repetitions: 5, projectionDimension: 16 },
];
const nameOf = ({ k, repetitions, projectionDimension }: Setting): string =>
  `encodings of k = ${k}, R = ${repetitions}, d = ${projectionDimension} (${repetitions * 2 ** k * projectionDimension} numbers)`;

const quantizedName = "the same in one byte for 8 numbers";
const poolingName = (scaled: boolean): string =>
  scaled ? "mean pooling, documents of length 1" : "mean pooling";

export const paper = definePaper({
  ...factsOf("muvera"),
  seeds: { quick: 3, full: 3 },
  claims: [
    {
      id: "recall",
      says: "Share of queries whose nearest document by Chamfer similarity is among 100 candidates, 10,240 numbers",
      paper: "high recall by a single vector, with guarantees",
      bar: { atLeast: 0.85 },
      unit: "",
    },
    {
      id: "over-mean-pooling",
      says: "The same above that of mean pooling, the better of two forms",
      paper: "a principled single vector in place of heuristics",
      bar: { full: { atLeast: 0.15 } },
      unit: "",
    },
    {
      id: "candidates",
      says: "Candidates for a recall of 0.9 divided by those of the single-vector heuristic without repetitions",
      paper: "2x to 5x fewer candidates than the single-vector heuristic",
      bar: { full: { atMost: 0.5 } },
      unit: "x",
    },
    {
      id: "grows",
      says: "Least gain of mean recall by one more hyperplane (k = 3, 4, 5) or by more repetitions (5, 20)",
      paper: "the estimate tightens as the encoding grows",
      bar: { full: { atLeast: 0 } },
      unit: "",
    },
    {
      id: "quantization",
      says: "Recall at 100 candidates lost by product quantisation, 32 times smaller",
      paper: "32x compression at almost no loss",
      bar: { full: { atMost: 0.05 } },
      unit: "",
    },
    {
      id: "top-ten",
      says: "Share of the exact ten best found end to end with 100 candidates from quantised encodings",
      paper: "10 % better recall than the best earlier system on average",
      bar: { full: { atLeast: 0.68 } },
      unit: "",
    },
    {
      id: "speed",
      says: "Time of brute-force Chamfer search divided by that of the same end-to-end search, one thread",
      paper: "90 % lower latency than the best earlier system",
      bar: { full: { atLeast: 10 } },
      unit: "x",
    },
    {
      id: "encoding",
      says: "Document vectors encoded a second on one thread, 10,240 numbers",
      paper: "encodings take little time",
      bar: { full: { atLeast: 150_000 } },
      unit: "/s",
    },
  ],

  async experiment(run) {
    const full = run.mode === "full";
    const encoder = await loadEncoder(run.stage("word vectors", 0, 0.05));
    const documents = full ? 10_000 : 5_000;
    const corpus = await sentences(encoder, documents, 100, run.stage("texts", 0.05, 0.1));
    const rest = (at: number, stage: string) => async (): Promise<void> => {
      run.progress(at, 1, stage);
      await new Promise((resolve) => setTimeout(resolve));
      run.signal.throwIfAborted();
    };
    const truth = await truthOf(corpus, rest(0.1, "exact search"));
    const curves = new Curves(truth);
    for (const scaled of [false, true]) curves.add(poolingName(scaled), meanPoolCandidates(corpus, scaled));
    curves.add("single-vector heuristic", await heuristicCandidates(corpus, rest(0.15, "heuristic")));
    curves.add("BM25", bm25Candidates(corpus));

    const claims: Record<string, Measurement> = {};
    const tables: Table[] = [];
    for (const [i, seed] of run.seeds.entries()) {
      const at = 0.2 + (0.5 * i) / run.seeds.length;
      const encoded = await encodeCorpus(corpus, encoderOf(corpus, main, seed), run.pool, run.signal);
      curves.add(nameOf(main), fdeCandidates(encoded));
      await rest(at, "encodings")();
      if (!full) continue;
      run.progress(at + 0.02, 1, "quantization");
      const quantized = await quantize(encoded, seed, run);
      curves.add(quantizedName, candidatesIn(quantized, encoded.queries));
      if (i === 0) {
        run.progress(at + 0.05, 1, "end to end");
        const { exact, search, recall, table } = await endToEnd(run, corpus, encoded, quantized, truth);
        claims.speed = exact / search;
        claims["top-ten"] = recall;
        tables.push(table);
      }
      for (const setting of others) {
        const other = await encodeCorpus(corpus, encoderOf(corpus, setting, seed), run.pool, run.signal);
        curves.add(nameOf(setting), fdeCandidates(other));
        await rest(at + 0.1, "other sizes")();
      }
    }
    const recall = curves.recalls(nameOf(main), 100);
    const pooled = Math.max(...[false, true].map((scaled) => curves.recalls(poolingName(scaled), 100)[0]!));
    const heuristic = curves.needed("single-vector heuristic")[0]!;
    claims.recall = recall;
    claims["over-mean-pooling"] = recall.map((value) => value - pooled);
    claims.candidates = curves.needed(nameOf(main)).map((count) => count / heuristic);
    if (full) {
      const lost = curves.recalls(quantizedName, 100);
      claims.quantization = recall.map((value, i) => value - lost[i]!);
      const [three, four, , fewer] = others.map((setting) => curves.means(nameOf(setting)));
      claims.grows = curves
        .means(nameOf(main))
        .map((value, i) => Math.min(value - four![i]!, four![i]! - three![i]!, value - fewer![i]!));
      claims.encoding = encodingRate(corpus);
      tables.push(await wholeTable(run, corpus), await judgedTable(run, encoder, main, 0.95));
    }
    tables.unshift(curves.table(corpus, documents));
    return { claims, tables, figures: [curves.figure()] };
  },
});

/** Vectors a second, best of three passes over 500 documents. */
function encodingRate(corpus: Corpus): number {
  const encoder = encoderOf(corpus, main, 0);
  const { points, offsets } = corpus.documents;
  const out = new Float32Array(encoder.outputDimension);
  const { dimension } = corpus.encoder;
  let best = 0;
  for (let pass = 0; pass < 3; pass++) {
    const started = performance.now();
    for (let i = 0; i < 500; i++)
      encoder.encodeInto(
        points.subarray(offsets[i]! * dimension, offsets[i + 1]! * dimension),
        "document",
        out,
        0,
      );
    best = Math.max(best, (1000 * offsets[500]!) / (performance.now() - started));
  }
  return best;
}

/** All sentences, their encodings sketched to a quarter. */
async function wholeTable(run: Run, { encoder }: Corpus): Promise<Table> {
  const whole = await sentences(encoder, Number.MAX_SAFE_INTEGER, 50, run.stage("all sentences", 0.8, 0.8));
  const truth = await truthOf(whole, async () => run.progress(0.85, 1, "exact search of all sentences"));
  const fde = new FdeEncoder({
    dimension: encoder.dimension,
    simhashProjections: main.k,
    repetitions: main.repetitions,
    projectionDimension: main.projectionDimension,
    finalProjectionDimension: 2560,
  });
  const encoded = await encodeCorpus(whole, fde, run.pool, run.signal);
  const curves = new Curves(truth);
  curves.add("encodings of 10,240 numbers sketched to 2,560", fdeCandidates(encoded));
  for (const scaled of [false, true]) curves.add(poolingName(scaled), meanPoolCandidates(whole, scaled));
  return { ...curves.table(whole, whole.words.length), id: "all-sentences" };
}

/** Candidates of every method, one list of queries a seed. */
class Curves {
  readonly #truth: readonly Int32Array[];
  readonly #runs = new Map<string, (readonly Int32Array[])[]>();

  constructor(truth: readonly Int32Array[]) {
    this.#truth = truth;
  }

  add(method: string, candidates: readonly Int32Array[]): void {
    this.#runs.set(method, [...(this.#runs.get(method) ?? []), candidates]);
  }

  recalls(method: string, n: number): number[] {
    return this.#runs.get(method)!.map((candidates) => recallOfNearest(candidates, this.#truth, n));
  }

  /** Recall averaged over the candidate numbers, of every seed. */
  means(method: string): number[] {
    return this.#runs
      .get(method)!
      .map((candidates) => mean(candidateCounts.map((n) => recallOfNearest(candidates, this.#truth, n))));
  }

  needed(method: string): number[] {
    return this.#runs.get(method)!.map((candidates) => candidatesFor90(candidates, this.#truth));
  }

  table({ queries }: Corpus, documents: number): Table {
    return {
      id: "recall",
      title: `Recall of the nearest document, ${documents} sentences, ${queries.length} queries, means of the seeds`,
      columns: [
        { name: "method" },
        ...candidateCounts.map((n) => ({ name: `at ${n}`, digits: 3 })),
        { name: `candidates for 0.9, at most ${mostCandidates}`, digits: 4 },
      ],
      rows: [...this.#runs.keys()].map((method) => [
        method,
        ...candidateCounts.map((n) => mean(this.recalls(method, n))),
        mean(this.needed(method)),
      ]),
    };
  }

  figure(): Figure {
    return {
      id: "recall",
      title: "Recall of the nearest document by number of candidates",
      x: { label: "candidates", scale: "log" },
      y: { label: "recall" },
      series: [...this.#runs.keys()].map((method) => ({
        name: method,
        mark: "line",
        x: candidateCounts,
        y: candidateCounts.map((n) => mean(this.recalls(method, n))),
      })),
    };
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
