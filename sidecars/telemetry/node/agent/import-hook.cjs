'use strict';
/*
 * Stands for import-in-the-middle where instrumentations ask for it. Programs that are CommonJS never need it, so
 * it is loaded, and `use`d, only for the others.
 */
let hooks;

class Hook {
  constructor(modules, options, hookFn) {
    if (hooks) this.hook = new hooks.Hook(modules, options, hookFn);
  }

  unhook() {
    if (this.hook) this.hook.unhook();
  }
}

module.exports = {
  Hook,
  use(importInTheMiddle) {
    hooks = importInTheMiddle;
  },
};
