import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'jsdom',
    environmentOptions: { jsdom: { url: 'https://www.studio-aurora.example/' } },
    restoreMocks: true,
    unstubGlobals: true,
  },
});
