import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
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
    for (const program of ['slurmctld', 'slurmd', 'sbatch'])
      execFileSync('which', [program], { stdio: 'ignore' });
    return false;
  } catch {
    return 'Slurm is not installed';
  }
}

type Daemon = 'slurmctld' | 'n1' | 'n2';

/**
 * A Slurm with two nodes on this machine, in a temporary folder with ports of its own: without systemd, munge,
 * cgroups and accounting. Jobs that use more memory than they were given are killed.
 */
export class SlurmCluster {
  readonly #folder = removable('slurm');
  readonly #conf = join(this.#folder.dir, 'slurm.conf');
  readonly #running = new Map<Daemon, ChildProcess>();

  static async start(): Promise<SlurmCluster> {
    const cluster = new SlurmCluster();
    const { dir } = cluster.#folder;
    for (const name of ['state', 'spool-n1', 'spool-n2']) mkdirSync(join(dir, name));
    writeFileSync(cluster.#conf, configuration(dir, await freePorts(3)));
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
    const [program, args] =
      daemon === 'slurmctld' ? ['slurmctld', []] : (['slurmd', ['-N', daemon]] as const);
    const child = spawn(program, ['-D', '-f', this.#conf, ...args], { stdio: 'ignore' });
    this.#running.set(daemon, child);
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

function configuration(dir: string, [controller, n1, n2]: number[]): string {
  const host = hostname().split('.')[0];
  const node = (name: string, port?: number) =>
    `NodeName=${name} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${port} CPUs=4 RealMemory=4000`;
  return `ClusterName=test
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${controller}
AuthType=auth/none
CredType=cred/none
SlurmUser=root
SlurmdUser=root
StateSaveLocation=${dir}/state
SlurmdSpoolDir=${dir}/spool-%n
SlurmctldPidFile=${dir}/slurmctld.pid
SlurmdPidFile=${dir}/slurmd-%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
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
${node('n1', n1)}
${node('n2', n2)}
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
