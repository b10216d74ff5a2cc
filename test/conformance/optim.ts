import type { Registration } from "./registration.ts";

export const registration: Registration = {
  methods: {},
  notMethods: {
    "work in place on a vector; tested beside them": [
      "projectBall",
      "projectBox",
      "projectSimplex",
      "softThreshold",
    ],
  },
};
