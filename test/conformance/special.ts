import { accessor, type Registration } from "./registration.ts";

export const registration: Registration = {
  methods: {
    exp: accessor(() => ({ x: 0.5 })),
    log: accessor(() => ({ x: 0.5 })),
  },
};
