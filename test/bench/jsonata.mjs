// What npm's jsonata costs on the expressions of jsonata_bench: JSON lines on standard input, one
// line a measurement on standard output, in microseconds of CPU. usage: node jsonata.mjs PACKAGE
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { resolve } from 'node:path';

const jsonata = createRequire(import.meta.url)(resolve(process.argv[2]));
const ROUNDS = 15;
const TURNS = 400;

for await (const line of createInterface({ input: process.stdin })) {
    const { what, expression, input } = JSON.parse(line);
    const compiled = jsonata(expression);
    let best = Infinity;
    for (let round = 0; round < ROUNDS; round++) {
        const from = process.cpuUsage();
        for (let turn = 0; turn < TURNS; turn++) await compiled.evaluate(input);
        const used = process.cpuUsage(from);
        best = Math.min(best, (used.user + used.system) / TURNS);
    }
    console.log(JSON.stringify({ what: `npm jsonata: ${what}`, cpu_us: Number(best.toFixed(2)) }));
}
