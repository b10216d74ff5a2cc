import type { Field, PaperFacts } from "ockham/paper";

/** Every paper that the library is about, by id; those with an experiment are in `index.ts`. */
const entries = {
  "afm-ctr": {
    title: "Unified Low-rank Compression Framework for Click-through Rate Prediction",
    year: 2024,
    arxiv: "2405.18146",
    field: "compression",
    summary:
      "Shrinks a trained click-through model, embedding tables and layers alike, by factoring each so that its outputs rather than its weights are preserved.",
  },
  "arbitrary-scale": {
    title:
      "Arbitrary-Scale Image Generation and Upsampling using Latent Diffusion Model and Implicit Neural Decoder",
    year: 2024,
    arxiv: "2403.10255",
    field: "vision",
    summary:
      "Generates or enlarges an image to any real-valued size: diffusion runs once in a small latent, and an implicit decoder renders it at the size asked for.",
  },
  "barron-pde": {
    title: "Neural Network Approximations of PDEs Beyond Linearity: A Representational Perspective",
    year: 2023,
    arxiv: "2210.12101",
    field: "pde",
    summary:
      "Bounds in advance how large a two-layer network must be to represent the solution of a nonlinear elliptic equation in many dimensions, and builds one with a certificate.",
  },
  bip: {
    title: "Advancing Model Pruning via Bi-level Optimization",
    year: 2022,
    arxiv: "2210.04092",
    field: "compression",
    summary:
      "Prunes a network to 80-99 % sparsity within one training run by treating mask and weights as the two levels of one optimisation problem.",
  },
  "bnn-bo": {
    title: "A Study of Bayesian Neural Network Surrogates for Bayesian Optimization",
    year: 2024,
    arxiv: "2305.20028",
    field: "bayes",
    summary:
      "Optimises an expensive black box with a choice of Bayesian surrogates, from Gaussian processes to neural networks of finite and infinite width.",
  },
  breadcrumbs: {
    title: "Model Breadcrumbs: Scaling Multi-Task Model Merging with Sparse Masks",
    year: 2024,
    arxiv: "2312.06795",
    field: "compression",
    summary:
      "Merges several fine-tunings of one model into one that does all their tasks, without data or training, by masking each weight change's largest and smallest entries.",
  },
  "bsp-net": {
    title: "Learning Mesh Representations via Binary Space Partitioning Tree Networks",
    year: 2021,
    arxiv: "2106.14274",
    field: "vision",
    summary:
      "Turns the occupancy of a shape into a compact, watertight polygon mesh that is a union of convex polytopes, with no marching cubes.",
  },
  "cs-ib": {
    title: "Cauchy-Schwarz Divergence Information Bottleneck for Regression",
    year: 2024,
    field: "stats",
    summary:
      "Trains regression networks whose representation keeps only what predicts the target, with a divergence that needs no Gaussian or variational assumption.",
  },
  "dc-solver": {
    title: "DC-Solver: Improving Predictor-Corrector Diffusion Sampler via Dynamic Compensation",
    year: 2024,
    arxiv: "2409.03755",
    field: "diffusion",
    summary:
      "Samples diffusion models in 5-10 network calls under strong guidance by compensating, step by step, for the point at which the reused output was taken.",
  },
  dcdm: {
    title: "A Deep Conjugate Direction Method for Iteratively Solving Linear Systems",
    year: 2023,
    field: "pde",
    summary:
      "Solves large symmetric positive definite systems with search directions from a convolutional network, kept conjugate so that the error falls whatever the network does.",
  },
  "deep-architect": {
    title: "DeepArchitect: Automatically Designing and Training Deep Architectures",
    year: 2017,
    arxiv: "1704.08792",
    field: "search",
    summary:
      "Describes a space of models in a small composable language and lets random, tree or surrogate-based search pick and train them.",
  },
  diffir: {
    title: "DiffIR: Efficient Diffusion Model for Image Restoration",
    year: 2023,
    arxiv: "2303.09472",
    field: "vision",
    summary:
      "Restores degraded photographs with a transformer steered by one compact vector per image, which a diffusion of four steps predicts from the image.",
  },
  "dit-moe": {
    title: "Scaling Diffusion Transformers to 16 Billion Parameters",
    year: 2024,
    arxiv: "2407.11633",
    field: "vision",
    summary:
      "Grows a diffusion transformer's capacity at constant cost per sample by making its feed-forward blocks sparse mixtures of experts with a few shared ones.",
  },
  dmcmc: {
    title: "Denoising MCMC for Accelerating Diffusion-Based Generative Models",
    year: 2023,
    arxiv: "2209.14593",
    field: "diffusion",
    summary:
      "Draws many samples at few network calls each by running Markov chains over data and noise level together and denoising every state from its own low noise.",
  },
  dnis: {
    title: "Differentiable Neural Input Search for Recommender Systems",
    year: 2020,
    arxiv: "2006.04466",
    field: "recommend",
    summary:
      "Learns how many embedding dimensions each user, item or category value deserves, for smaller and more accurate recommenders.",
  },
  "dpm-solver-v3": {
    title: "DPM-Solver-v3: Improved Diffusion ODE Solver with Empirical Model Statistics",
    year: 2023,
    arxiv: "2310.13268",
    field: "diffusion",
    summary:
      "Samples a diffusion model in 5-20 network calls with coefficients calibrated once on the model, closer to the exact solution than uncalibrated solvers.",
  },
  dsformer: {
    title: "DSFormer: Effective Compression of Text-Transformers by Dense-Sparse Weight Factorization",
    year: 2023,
    arxiv: "2312.13211",
    field: "compression",
    summary:
      "Compresses a transformer's linear layers two- to fourfold by writing each weight block as a small dense basis times coefficients with a fixed number of nonzeros.",
  },
  "equivariant-polynomials": {
    title: "Equivariant Polynomials for Graph Neural Networks",
    year: 2023,
    arxiv: "2302.11556",
    field: "graph",
    summary:
      "Gives a basis of the permutation-equivariant polynomials of a graph, and tells which of them a network already computes so that only missing features are added.",
  },
  esma: {
    title: "Automated Search for Conjectures on Mathematical Constants using Analysis of Integer Sequences",
    year: 2022,
    field: "numbertheory",
    summary:
      "Finds continued fractions with structured partial quotients for a constant known to many digits by analysing the integer sequences that the constant itself yields.",
  },
  fastrp: {
    title: "Fast and Accurate Network Embeddings via Very Sparse Random Projection",
    year: 2019,
    arxiv: "1908.11512",
    field: "graph",
    summary:
      "Embeds the vertices of a graph in seconds, without training, by propagating a very sparse random projection along the edges.",
  },
  "fccov-net": {
    title:
      "Frechet Cumulative Covariance Net for Deep Nonlinear Sufficient Dimension Reduction with Random Objects",
    year: 2025,
    arxiv: "2502.15374",
    field: "stats",
    summary:
      "Finds the few nonlinear features of the predictors that carry all information about a response of any kind that has a distance.",
  },
  fkc: {
    title: "Feynman-Kac Correctors in Diffusion: Annealing, Guidance, and Product of Experts",
    year: 2025,
    arxiv: "2503.02819",
    field: "diffusion",
    summary:
      "Samples correctly from tempered, guided or multiplied diffusion models by weighting and resampling particles along the reverse process.",
  },
  funbat: {
    title: "Functional Bayesian Tucker Decomposition for Continuous-indexed Tensor Data",
    year: 2024,
    arxiv: "2311.04829",
    field: "bayes",
    summary:
      "Interpolates sparse measurements over several continuous coordinates as a Tucker interaction of one-dimensional random functions, with calibrated uncertainty.",
  },
  gaunt: {
    title: "Enabling Efficient Equivariant Operations in the Fourier Basis via Gaunt Tensor Products",
    year: 2024,
    arxiv: "2401.10216",
    field: "equivariant",
    summary:
      "Multiplies rotation-equivariant features through a two-dimensional Fourier basis, at a cost that grows with the third instead of the sixth power of the degree.",
  },
  "gp-hm": {
    title: "Solving High Frequency and Multi-Scale PDEs with Gaussian Processes",
    year: 2024,
    arxiv: "2311.04465",
    field: "pde",
    summary:
      "Solves boundary-value problems with fast or multi-scale oscillations with Gaussian processes whose kernel learns the frequencies from the equation.",
  },
  "greedy-bcd": {
    title:
      "Let's Make Block Coordinate Descent Converge Faster: Faster Greedy Rules, Message-Passing, Active-Set Complexity, and Superlinear Convergence",
    year: 2022,
    arxiv: "1712.08859",
    field: "optim",
    summary:
      "Makes block coordinate descent much faster with better greedy choices of blocks, exact updates on forests and second-order steps on the support.",
  },
  "hierarchical-polynomials": {
    title: "Learning Hierarchical Polynomials with Three-Layer Neural Networks",
    year: 2024,
    arxiv: "2311.13774",
    field: "stats",
    summary:
      "Learns a nonlinear function of a hidden polynomial with a three-layer network trained in two stages, from far fewer samples than kernel methods need.",
  },
  "ifactformer-m": {
    title: "Implicit factorized transformer approach to fast prediction of turbulent channel flows",
    year: 2026,
    arxiv: "2412.18840",
    field: "pde",
    summary:
      "Predicts turbulent channel flow over thousands of coarse time steps with a transformer that attends along one axis at a time and keeps the flow's statistics.",
  },
  "learn-to-relax": {
    title: "Learning to Relax: Setting Solver Parameters Across a Sequence of Linear System Instances",
    year: 2024,
    arxiv: "2310.02246",
    field: "pde",
    summary:
      "Learns the relaxation parameter of a linear solver while it works through a sequence of similar systems, from iteration counts alone.",
  },
  lightsb: {
    title: "Light Schrödinger Bridge",
    year: 2024,
    arxiv: "2310.01174",
    field: "diffusion",
    summary:
      "Learns the Schrödinger bridge between two unpaired point clouds in minutes on a processor, with a Gaussian-mixture potential in place of neural networks.",
  },
  "linf-sketch": {
    title: "A Nearly-Optimal Bound for Fast Regression with l_infty Guarantee",
    year: 2023,
    arxiv: "2302.00248",
    field: "optim",
    summary:
      "Solves tall least-squares problems by one dense sketch whose error is spread evenly, so that every single coefficient is accurate.",
  },
  lipsdp: {
    title: "Novel Quadratic Constraints for Extending LipSDP beyond Slope-Restricted Activations",
    year: 2024,
    arxiv: "2401.14033",
    field: "certify",
    summary:
      "Certifies how far a network with sorting or Householder activations can move its output per unit of input, by a semidefinite program over its weights.",
  },
  lord: {
    title: "LORD: Low Rank Decomposition of Monolingual Code LLMs for One-Shot Compression",
    year: 2023,
    arxiv: "2309.14021",
    field: "compression",
    summary:
      "Compresses the linear layers of a language model in one shot, without retraining, by the low-rank decomposition of their outputs on calibration text.",
  },
  "lp-sensitivity": {
    title: "Sharper Bounds for l_p Sensitivity Sampling",
    year: 2023,
    arxiv: "2306.00732",
    field: "optim",
    summary:
      "Picks a few hundred weighted rows of a tall data set that preserve the l_p norm of every combination of its columns.",
  },
  lsm: {
    title: "Solving High-Dimensional PDEs with Latent Spectral Models",
    year: 2023,
    arxiv: "2301.12664",
    field: "pde",
    summary:
      "Learns a map between physical fields by compressing patches to a few latent tokens at every scale and applying trigonometric basis operators to them.",
  },
  maestro: {
    title: "Maestro: Uncovering Low-Rank Structures via Trainable Decomposition",
    year: 2024,
    arxiv: "2308.14929",
    field: "compression",
    summary:
      "Trains networks in factored form with components ordered by importance, so that one run yields ranks per layer and a family of smaller models.",
  },
  mbbo: {
    title:
      "Blockwise Stochastic Variance-Reduced Methods with Parallel Speedup for Multi-Block Bilevel Optimization",
    year: 2023,
    arxiv: "2305.18730",
    field: "optim",
    summary:
      "Tunes shared variables against many inner problems at once, touching only a few of them, with few samples each, in every variance-reduced step.",
  },
  mcquic: {
    title: "Unified Multivariate Gaussian Mixture for Efficient Neural Image Compression",
    year: 2022,
    arxiv: "2203.10897",
    field: "vision",
    summary:
      "Compresses images with a learned codec whose bottleneck is several levels of multi-codebook quantisation, without a slow sequential context model.",
  },
  mkor: {
    title: "MKOR: Momentum-Enabled Kronecker-Factor-Based Optimizer Using Rank-1 Updates",
    year: 2023,
    arxiv: "2306.01685",
    field: "optim",
    summary:
      "Trains networks in fewer steps with curvature factors whose inverses are updated directly by rank-one formulas at quadratic cost.",
  },
  mlc: {
    title: "Unsupervised Manifold Linearizing and Clustering",
    year: 2023,
    arxiv: "2301.01805",
    field: "stats",
    summary:
      "Clusters data on curved manifolds while learning a representation in which every cluster is a linear subspace orthogonal to the others.",
  },
  "monarch-mixer": {
    title: "Monarch Mixer: A Simple Sub-Quadratic GEMM-Based Architecture",
    year: 2023,
    arxiv: "2310.12109",
    field: "sequence",
    summary:
      "Replaces attention and dense layers of a transformer by products with block-diagonal Monarch matrices, at a cost below quadratic in the sequence length.",
  },
  muvera: {
    title: "MUVERA: Multi-Vector Retrieval via Fixed Dimensional Encodings",
    year: 2024,
    arxiv: "2405.19504",
    field: "retrieval",
    summary:
      "Encodes every set of token vectors as one vector whose inner products approximate Chamfer similarity, so that an ordinary vector index can search them.",
  },
  nbpo: {
    title: "Sampler Design for Implicit Feedback Data by Noisy-label Robust Learning",
    year: 2020,
    arxiv: "2007.07204",
    field: "recommend",
    summary:
      "Recommends from clicks alone while learning how likely each unobserved item is a positive in disguise, and weights the negatives accordingly.",
  },
  "niw-meta": {
    title: "A Hierarchical Bayesian Model for Deep Few-Shot Meta Learning",
    year: 2024,
    arxiv: "2306.09702",
    field: "bayes",
    summary:
      "Learns from many small tasks both where a network should start and how far each weight may move for a new task, with uncertainty and no inner-loop gradients.",
  },
  "one-connection": {
    title: "One-connection rule for structural equation models",
    year: 2022,
    arxiv: "2210.00239",
    field: "stats",
    summary:
      "Gives the covariances that a linear structural equation model with feedback implies as exact ratios of sums over subgraphs, with identifiability and constraints.",
  },
  "perceptron-gd": {
    title:
      "From Logistic Regression to the Perceptron Algorithm: Exploring Gradient Descent with Large Step Sizes",
    year: 2025,
    field: "optim",
    summary:
      "Finds a separating hyperplane by normalised logistic gradient descent with large steps, in a number of iterations independent of the number of samples.",
  },
  pfgmpp: {
    title: "PFGM++: Unlocking the Potential of Physics-Inspired Generative Models",
    year: 2023,
    arxiv: "2302.04265",
    field: "diffusion",
    summary:
      "Generalises diffusion to heavier-tailed noise with one dial, trading rigidity for robustness to model error, quantisation and coarse steps.",
  },
  "pgf-nm": {
    title: "Progressive Gradient Flow for Robust N:M Sparsity Training in Transformers",
    year: 2024,
    arxiv: "2402.04744",
    field: "compression",
    summary:
      "Trains transformers with N:M sparse weights at high sparsity by letting gradients reach the pruned weights ever less as training proceeds.",
  },
  powerwalk: {
    title: "PowerWalk: Scalable Personalized PageRank via Random Walks with Vertex-Centric Decomposition",
    year: 2016,
    arxiv: "1608.06054",
    field: "graph",
    summary:
      "Answers personalised PageRank queries fast and accurately by pushing mass a few hops and mixing small precomputed random-walk fingerprints.",
  },
  ppg: {
    title: "State and parameter learning with PaRIS particle Gibbs",
    year: 2023,
    arxiv: "2301.00900",
    field: "bayes",
    summary:
      "Estimates additive functionals of a hidden path at linear cost, with a bias that repeated conditional particle sweeps remove geometrically fast.",
  },
  "ptd-ssm": {
    title: "Robustifying State-space Models for Long Sequences via Approximate Diagonalization",
    year: 2024,
    arxiv: "2310.01698",
    field: "sequence",
    summary:
      "Diagonalises the state matrix of long-memory sequence models after a small perturbation, for diagonal cost without the resonances of truncation.",
  },
  "robust-altmin": {
    title: "Low Rank Matrix Completion via Robust Alternating Minimization in Nearly Linear Time",
    year: 2024,
    arxiv: "2302.11068",
    field: "optim",
    summary:
      "Completes a low-rank table from its observed cells by alternating least squares whose every update is solved only approximately, in nearly linear time.",
  },
  sara: {
    title: "SaRA: High-Efficient Diffusion Model Fine-tuning with Progressive Sparse Low-Rank Adaptation",
    year: 2025,
    arxiv: "2409.06633",
    field: "compression",
    summary:
      "Fine-tunes a generative model by training only its smallest weights under a low-rank penalty, so that the change is a small file and the prior is kept.",
  },
  "sheaf-diffusion": {
    title: "Neural Sheaf Diffusion: A Topological Perspective on Heterophily and Oversmoothing in GNNs",
    year: 2022,
    arxiv: "2202.04579",
    field: "graph",
    summary:
      "Classifies the vertices of graphs whose neighbours differ by diffusing along a sheaf of linear maps that is learned for every edge.",
  },
  "sketched-sqp": {
    title: "Constrained Optimization via Exact Augmented Lagrangian and Randomized Iterative Sketching",
    year: 2023,
    arxiv: "2305.18379",
    field: "optim",
    summary:
      "Minimises a smooth function under equality constraints with Newton steps that a randomised sketching solver computes only as exactly as progress needs.",
  },
  skr: {
    title: "Accelerating Data Generation for Neural Operators via Krylov Subspace Recycling",
    year: 2024,
    field: "pde",
    summary:
      "Solves hundreds of related sparse systems faster by sorting them so that neighbours are alike and recycling each one's Krylov subspace for the next.",
  },
  spen: {
    title: "Subgraph Permutation Equivariant Networks",
    year: 2022,
    arxiv: "2111.11840",
    field: "graph",
    summary:
      "Classifies graphs with permutation-equivariant layers on every vertex's neighbourhood: more expressive than message passing, without quadratic memory.",
  },
  "ss-moe-sr": {
    title:
      "Image Super-resolution Via Latent Diffusion: A Sampling-space Mixture of Experts and Frequency-augmented Decoder Approach",
    year: 2023,
    arxiv: "2310.12004",
    field: "vision",
    summary:
      "Enlarges images four- to eightfold by latent diffusion with experts per noise range and a decoder that restores the high frequencies.",
  },
  superdiff: {
    title: "The Superposition of Diffusion Models Using the Itô Density Estimator",
    year: 2025,
    arxiv: "2412.17762",
    field: "diffusion",
    summary:
      "Combines trained diffusion models while sampling, as a mixture or where all agree, by tracking each one's log-density along the path at no extra cost.",
  },
  "superposed-decoding": {
    title: "Superposed Decoding: Multiple Generations from a Single Autoregressive Inference Pass",
    year: 2024,
    arxiv: "2405.18400",
    field: "sequence",
    summary:
      "Drafts several continuations from one pass of a language model per token by feeding it their weighted mixture and telling them apart with n-grams.",
  },
  "tensor-attention": {
    title:
      "How to Capture Higher-order Correlations? Generalizing Matrix Softmax Attention to Kronecker Computation",
    year: 2024,
    arxiv: "2310.04064",
    field: "sequence",
    summary:
      "Attends to triples of tokens instead of pairs, exactly or, for bounded entries, in nearly linear time by a polynomial approximation.",
  },
  trp: {
    title: "Trained Rank Pruning for Efficient Deep Neural Networks",
    year: 2020,
    arxiv: "2004.14566",
    field: "compression",
    summary:
      "Trains convolution kernels to be low-rank at the end, so that they factor into smaller convolutions with hardly any loss and no fine-tuning.",
  },
  "usf-s3": {
    title: "A Unified Sampling Framework for Solver Searching of Diffusion Probabilistic Models",
    year: 2024,
    arxiv: "2312.07243",
    field: "diffusion",
    summary:
      "Searches, for one model and a budget of 3-10 network calls, the best mix of solver choices at every step, and keeps it as a small schedule.",
  },
  "vr-halpern": {
    title: "Variance Reduced Halpern Iteration for Finite-Sum Monotone Inclusions",
    year: 2024,
    arxiv: "2310.02987",
    field: "optim",
    summary:
      "Finds equilibria and saddle points of finite sums with variance reduction and a residual of the last iterate that can be checked as the stopping rule.",
  },
} as const satisfies Record<string, Omit<PaperFacts, "id"> & { readonly field: Field }>;

export type PaperId = keyof typeof entries;

export const paperIds = Object.keys(entries) as readonly PaperId[];

/** The facts of a paper: `definePaper({ ...factsOf("fastrp"), claims, experiment })`. */
export function factsOf(id: PaperId): PaperFacts {
  return { id, ...entries[id] };
}
