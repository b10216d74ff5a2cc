import { definePaper, type Measurement } from "ockham/paper";
import { factsOf } from "../catalogue.ts";
import { denseDifference, dftErrors, leaks, shortTraining } from "./exactness.ts";
import { images } from "./images.ts";
import { texts } from "./texts.ts";
import { throughput } from "./throughput.ts";

export const paper = definePaper({
  ...factsOf("monarch-mixer"),
  seeds: { full: 3 },
  claims: [
    {
      id: "blocks",
      says: "Products by blocks against the matrix written out, orders 2 to 4, relative",
      paper: "products of block-diagonal matrices and permutations",
      bar: { atMost: 1e-12 },
      unit: "",
    },
    {
      id: "fourier",
      says: "The Fourier transform as a Monarch matrix of orders 2 and 3 against a fast transform, relative",
      paper: "Monarch matrices contain it",
      bar: { atMost: 1e-12 },
      unit: "",
    },
    {
      id: "causal-block",
      says: "Change of a mixer block's past when its future is changed, relative, in single precision",
      paper: "causal",
      bar: { atMost: 1e-5 },
      unit: "",
    },
    {
      id: "causal-bases",
      says: "The same for Monarch products in learned polynomial bases, in double precision",
      paper: "causal by degrees of polynomials",
      bar: { atMost: 1e-12 },
      unit: "",
    },
    {
      id: "training",
      says: "Loss of a small mixer after 100 steps over that of the first",
      paper: "trains",
      bar: { atMost: 0.8 },
      unit: "x",
    },
    {
      id: "parameters",
      says: "Parameters of the mixer over those of a transformer of the same width and depth",
      paper: "27 % fewer parameters than BERT",
      bar: { full: { atMost: 0.8 } },
      unit: "x",
    },
    {
      id: "perplexity",
      says: "Perplexity on held-out characters of Moby Dick over that transformer's, mean over seeds",
      paper: "matches GPT at 360 million parameters",
      bar: { full: { atMost: 1.03 } },
      unit: "x",
    },
    {
      id: "bits-m2",
      says: "Bits that the mixer needs for a held-out character",
      paper: "-",
      bar: { full: { atMost: 2.2 } },
      unit: "bits",
    },
    {
      id: "bits-transformer",
      says: "Bits that the transformer needs for it after the same steps",
      paper: "-",
      bar: { full: { atMost: 2.2 } },
      unit: "bits",
    },
    {
      id: "masked",
      says: "Masked characters of the Brown corpus that the mixer tells beyond a transformer's share",
      paper: "matches BERT on GLUE",
      bar: { full: { atLeast: -1 } },
      unit: "points",
    },
    {
      id: "throughput-512",
      says: "Throughput of a block over attention's at 512 tokens, forward and backward",
      paper: "faster from 512 tokens on",
      bar: { full: { atLeast: 1 } },
      unit: "x",
    },
    {
      id: "throughput-4096",
      says: "The same at 4096 tokens",
      paper: "up to 9.1x at 4096",
      bar: { full: { atLeast: 3 } },
      unit: "x",
    },
    {
      id: "slope-m2",
      says: "Exponent of the mixer's time in the length, 512 to 8192",
      paper: "subquadratic, at most 1.5",
      bar: { full: { atMost: 1.25 } },
      unit: "",
    },
    {
      id: "slope-attention",
      says: "Exponent of attention's time in the length",
      paper: "quadratic",
      bar: { full: { atLeast: 1.7 } },
      unit: "",
    },
    {
      id: "memory",
      says: "Memory of attention with stored scores over that of the mixer at 8192 tokens",
      paper: "-",
      bar: { full: { atLeast: 8 } },
      unit: "x",
    },
    {
      id: "dense",
      says: "Time of a dense product of order 4096 over one by blocks of 64, for 64 vectors",
      paper: "fast by matrix products alone",
      bar: { full: { atLeast: 5 } },
      unit: "x",
    },
  ],

  async experiment(run) {
    const full = run.mode === "full";
    const share = full ? 0.05 : 1;
    const fourier = dftErrors();
    const { worst, ...fourierTable } = fourier;
    const { block, bases } = await leaks();
    const claims: Record<string, Measurement> = {
      blocks: await denseDifference(),
      fourier: worst,
      "causal-block": block,
      "causal-bases": bases,
      training: await shortTraining(run, 0.3 * share, share),
    };
    if (!full) return { claims, tables: [fourierTable] };
    const speed = await throughput(run, share, 0.2);
    const pictures = await images(run, 0.2, 0.3);
    const trained = await texts(run, 0.3, 1);
    return {
      claims: {
        ...claims,
        parameters: trained.parameterRatio,
        perplexity: trained.perplexityRatio,
        "bits-m2": trained.bitsM2,
        "bits-transformer": trained.bitsTransformer,
        masked: trained.maskedGain,
        "throughput-512": speed.at512,
        "throughput-4096": speed.at4096,
        "slope-m2": speed.slopeM2,
        "slope-attention": speed.slopeAttention,
        memory: speed.memoryRatio,
        dense: speed.denseRatio,
      },
      tables: [fourierTable, speed.table, pictures, ...trained.tables],
      figures: [speed.figure, ...trained.figures],
    };
  },
});
