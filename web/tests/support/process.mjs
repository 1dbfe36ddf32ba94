// Programs of ours as child processes; all end with the test.
import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'

const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export class Program {
  constructor(argv, log) {
    this.log = log
    this.lines = []
    this.waiting = []
    this.child = spawn(argv[0], argv.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] })
    running.add(this.child)
    this.child.stderr.pipe(createWriteStream(log, { flags: 'a' }))
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        running.delete(this.child)
        this.code = code ?? signal
        this.over = true
        for (const one of this.waiting.splice(0)) one.reject(this.silence(one.what))
        resolve(this.code)
      })
    })
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      this.lines.push(line)
      for (const one of [...this.waiting]) this.offer(one)
    })
  }

  silence(what) {
    return new Error(`the program ended (${this.code}) before ${what}; its log is ${this.log}`)
  }

  offer(one) {
    const at = this.lines.findIndex((line) => line.startsWith(one.prefix))
    if (at < 0) return false
    this.waiting.splice(this.waiting.indexOf(one), 1)
    one.resolve(this.lines[at].slice(one.prefix.length).trim())
    return true
  }

  /** The rest of the first line (past or to come) that begins with `prefix`. */
  line(prefix) {
    return new Promise((resolve, reject) => {
      const one = { prefix, what: `it said "${prefix}"`, resolve, reject }
      this.waiting.push(one)
      if (!this.offer(one) && this.over) reject(this.silence(one.what))
    })
  }

  kill() {
    this.child.kill('SIGKILL')
    return this.ended
  }

  stop() {
    this.child.kill('SIGTERM')
    return this.ended
  }

  /** SIGSTOP and SIGCONT: a machine that hangs. */
  freeze() {
    this.child.kill('SIGSTOP')
  }

  thaw() {
    this.child.kill('SIGCONT')
  }
}
