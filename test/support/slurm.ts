import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removable } from './temp-folder.js';

/**
 * Why no Slurm can be started here; `false`: one can. Debian: `apt install slurm-wlm`.
 */
export const noSlurm: string | false = reason();

function reason(): string | false {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'slurmd needs Linux and root';
  try {
    for (const program of ['slurmctld', 'slurmd', 'sbatch']) findProgram(program);
    return false;
  } catch {
    return 'Slurm is not installed';
  }
}

function findProgram(program: string): void {
  execFileSync('which', [program], { stdio: 'ignore' });
}

type Daemon = 'munged' | 'slurmctld' | 'n1' | 'n2';

/**
 * A Slurm with two nodes on this machine, in a temporary folder with ports of its own: without systemd,
 * cgroups and accounting; with munge, as real ones have it, if that is installed. Jobs that use more memory
 * than they were given are killed.
 */
export class SlurmCluster {
  readonly #folder = removable('slurm');
  readonly #conf = join(this.#folder.dir, 'slurm.conf');
  readonly #running = new Map<Daemon, ChildProcess>();

  /** `name`: Slurm's `ClusterName`. */
  static async start(name = 'test'): Promise<SlurmCluster> {
    const cluster = new SlurmCluster();
    const { dir } = cluster.#folder;
    for (const each of ['state', 'spool-n1', 'spool-n2']) mkdirSync(join(dir, each));
    const authentication = (await cluster.#startMunge())
      ? ['AuthType=auth/munge', `AuthInfo=socket=${cluster.#file('munge.socket')}`, 'CredType=cred/munge']
      : ['AuthType=auth/none', 'CredType=cred/none'];
    writeFileSync(cluster.#conf, configuration({ dir, name, authentication, ports: await freePorts(3) }));
    for (const daemon of ['slurmctld', 'n1', 'n2'] as const) cluster.up(daemon);
    for (let tries = 0; cluster.call('sinfo', '--noheader', '--format=%t').trim() !== 'idle'; tries++) {
      if (tries === 100) throw new Error(`Slurm does not start: ${cluster.call('sinfo')}`);
      await sleep(100);
    }
    return cluster;
  }

  /** For processes that call Slurm's programs. */
  get env(): Record<string, string> {
    return { SLURM_CONF: this.#conf };
  }

  /** Calls one of Slurm's programs, and returns what it prints; nothing if it fails. */
  call(program: string, ...args: string[]): string {
    const options = { env: { ...process.env, ...this.env }, encoding: 'utf8', stdio: 'pipe' } as const;
    try {
      return execFileSync(program, args, options);
    } catch {
      return '';
    }
  }

  up(daemon: Daemon): void {
    const slurm = ['-D', '-f', this.#conf];
    const commands = {
      munged: ['munged', '--foreground', '--force', ...this.#mungeArguments()],
      slurmctld: ['slurmctld', ...slurm],
      n1: ['slurmd', ...slurm, '-N', 'n1'],
      n2: ['slurmd', ...slurm, '-N', 'n2'],
    };
    const [program = '', ...args] = commands[daemon];
    const child = spawn(program, args, { stdio: 'ignore' });
    this.#running.set(daemon, child);
  }

  /** Whether munge is installed, and has come up. */
  async #startMunge(): Promise<boolean> {
    try {
      findProgram('munged');
    } catch {
      return false;
    }
    writeFileSync(this.#file('munge.key'), randomBytes(128), { mode: 0o400 });
    this.up('munged');
    const isUp = () => existsSync(this.#file('munge.socket'));
    for (let tries = 0; tries < 50 && !isUp(); tries++) await sleep(50);
    if (!isUp()) await this.kill('munged');
    return isUp();
  }

  #mungeArguments(): string[] {
    const files = ['key', 'pid', 'log', 'seed'].map(
      (what) => `--${what}-file=${this.#file(`munge.${what}`)}`,
    );
    return [`--socket=${this.#file('munge.socket')}`, ...files];
  }

  #file(name: string): string {
    return join(this.#folder.dir, name);
  }

  async kill(daemon: Daemon): Promise<void> {
    const child = this.#running.get(daemon);
    this.#running.delete(daemon);
    if (child === undefined || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  async stop(): Promise<void> {
    this.call('scancel', '--user=root');
    for (const daemon of [...this.#running.keys()]) await this.kill(daemon);
    this.#folder.remove();
  }
}

interface Setting {
  dir: string;
  name: string;
  authentication: string[];
  /** Of the controller and of the nodes. */
  ports: number[];
}

function configuration({ dir, name, authentication, ports: [controller, ...nodes] }: Setting): string {
  const host = hostname().split('.')[0];
  const node = (port: number, i: number) =>
    `NodeName=n${i + 1} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${port} CPUs=4 RealMemory=4000`;
  return `ClusterName=${name}
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${controller}
${authentication.join('\n')}
SlurmUser=root
SlurmdUser=root
StateSaveLocation=${dir}/state
SlurmdSpoolDir=${dir}/spool-%n
SlurmctldPidFile=${dir}/slurmctld.pid
SlurmdPidFile=${dir}/slurmd-%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=batch_sched_delay=0,sched_interval=1
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout=10
MinJobAge=15
KillWait=5
MessageTimeout=5
${nodes.map(node).join('\n')}
PartitionName=main Nodes=n1,n2 Default=YES State=UP
`;
}

/** Ports that nobody listens on. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = servers.map(
    (server) =>
      new Promise<number>((resolve) => {
        server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
      }),
  );
  const found = await Promise.all(ports);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return found;
}
