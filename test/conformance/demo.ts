import type { Registration } from "./registration.ts";

export const registration: Registration = {
  methods: {},
  notMethods: {
    "the contract of demos, checked in src/core/demo/demo.test.ts": [
      "controlValues",
      "defineDemo",
      "outlineOf",
      "requireFrame",
      "runDemo",
    ],
  },
};
