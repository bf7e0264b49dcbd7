// Bounded parallelism: so many pieces of work at a time, the others in order behind them.

export class Lanes {
    #free;
    #waiting = [];

    constructor(count) {
        this.#free = count;
    }

    async run(work) {
        if (this.#free === 0) await new Promise((proceed) => this.#waiting.push(proceed));
        else this.#free -= 1;
        try {
            return await work();
        } finally {
            const next = this.#waiting.shift();
            if (next) next();
            else this.#free += 1;
        }
    }
}
