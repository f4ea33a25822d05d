// A realistic machine room, as events: workflows with their steps and tasks, batches over several clouds, health, metrics of
// services, logs. The same for the same seed, so that pictures made from it are alike.

/** A small generator of pseudo-random numbers (mulberry32). */
export function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const kPlans = [
  ['kubernetes_deployment', 'production', 'upcloud', ['Preparing hosts', 'Installing container runtime', 'Pulling images', 'Starting control plane', 'Joining workers', 'Installing CNI', 'Installing ingress', 'Smoke tests']],
  ['database_upgrade', 'production', 'aws', ['Snapshot', 'Replica upgrade', 'Failover', 'Old primary upgrade', 'Verification']],
  ['server_creation', 'staging', 'hetzner', ['Reserving addresses', 'Creating servers', 'Configuring network', 'Registering']],
  ['certificate_rotation', 'production', 'vault', ['Issuing', 'Distributing', 'Reloading services', 'Revoking old']],
  ['backup_verification', 'production', 's3', ['Listing snapshots', 'Restoring to scratch', 'Comparing checksums']],
];
const kTasks = ['create_servers', 'configure_firewall', 'install_kubelet', 'apply_manifests', 'rotate_secrets', 'resize_volume', 'drain_node', 'sync_dns', 'build_image', 'run_migrations', 'warm_cache', 'verify_backup'];
const kOperations = ['upcloud_servers', 'aws_taskservs', 'hetzner_network', 'dns_records', 'load_balancers', 'object_storage'];
const kFailures = ['quota exceeded in region eu-west-1: 40 of 40 vCPU', 'connection to 10.0.4.17:22 timed out after 30 s', 'image build-4711 has no manifest for arm64'];
const kComponents = ['server-manager', 'batch-coordinator', 'orchestrator', 'api-gateway', 'scheduler', 'image-builder', 'dns-sync'];
const kLines = {
  DEBUG: ['cache hit for flavor 4xCPU-8GB', 'lease renewed, 30 s', 'poll of 12 nodes took 48 ms', 'queue depth 3'],
  INFO: ['Server web-{n} created successfully', 'Task {t} finished in {m} ms', 'Joined node worker-{n} to cluster prod-eu-1', 'GET /v1/servers 200 in {m} ms', 'Applied 14 manifests to namespace payments', 'Snapshot db-{n} uploaded, 4.2 GiB'],
  WARN: ['Slow response of provider hetzner: {m} ms', 'Retrying create of volume vol-{n} (attempt 2 of 5)', 'Disk of node worker-{n} is 87 % full', 'Clock of node worker-{n} is 240 ms ahead'],
  ERROR: ['Quota exceeded in region eu-west-1: 40 of 40 vCPU', 'Health check of api-{n} failed: connection refused', 'Migration 0042_add_index timed out after 30 s'],
};

export class Load {
  /** @param {{seed?: number}} [options] */
  constructor({ seed = 7 } = {}) {
    this.random = randomOf(seed);
    this.tick = 0;
    this.n = 0;
    this.workflows = kPlans.map(([name, infra, provider, steps], i) => ({ id: `wf-${i + 1}`, name, infra, provider, steps, at: this.random() * steps.length * 0.8, pace: 0.02 + this.random() * 0.05 }));
    this.batches = ['multi_cloud_deployment', 'nightly_maintenance'].map((name, i) => ({ id: `batch-${i + 1}`, name, operations: kOperations.slice(0, 6 - i * 2).map((id, j) => ({ id, progress: Math.max(0, 100 - j * (26 + i * 12)), pace: 0.5 + this.random() * 2, broken: i === 1 && j === 2 })) }));
    this.tasks = [];
    for (let i = 0; i < 9; i++) {
      this.newTask(this.random() * 90);
    }
    this.levels = { requests_per_second: 420, request_duration_ms: 38, queue_depth: 14 };
  }

  pick(list) {
    return list[Math.floor(this.random() * list.length)];
  }

  newTask(progress = 0) {
    const plan = this.pick(kPlans);
    this.tasks.push({ id: `task-${(this.n += 1)}-${Math.floor(this.random() * 1e8).toString(16)}`, name: this.pick(kTasks), workflow: plan[0], infra: plan[1], progress, pace: 1 + this.random() * 7, status: 'Running', fails: this.random() < 0.12 });
  }

  /** What happens in one second. @param {Date} now @returns {object[]} events */
  second(now) {
    const events = [];
    const timestamp = now.toISOString();
    const put = (event_type, data, metadata = {}) => events.push({ event_type, timestamp, data, metadata });
    this.tick += 1;
    for (const flow of this.workflows) {
      const before = flow.at;
      flow.at = flow.at >= flow.steps.length + 2 ? 0 : flow.at + flow.pace;
      const done = Math.min(flow.steps.length, Math.floor(flow.at));
      const step = flow.steps[Math.min(done, flow.steps.length - 1)];
      const share = done >= flow.steps.length ? 100 : (flow.at - done) * 100;
      if (before < flow.steps.length) {
        put('WorkflowProgressUpdate', {
          workflow_id: flow.id, name: flow.name, progress: Math.min(100, (flow.at / flow.steps.length) * 100), current_step: step, total_steps: flow.steps.length, completed_steps: done,
          estimated_time_remaining: Math.max(0, Math.round((flow.steps.length - flow.at) / flow.pace)), step_details: { step_name: step, step_progress: share, step_message: done >= flow.steps.length ? 'finished' : `${Math.round(share)} % of this step` },
        }, { infra: flow.infra, provider: flow.provider, started_at: timestamp });
      }
    }
    for (const task of this.tasks) {
      task.progress += task.pace * this.random() * 2;
      const before = task.status;
      if (task.fails && task.progress > 60) {
        task.status = 'Failed';
      } else if (task.progress >= 100) {
        task.status = 'Completed';
      }
      const error = task.status === 'Failed' ? kFailures[task.name.length % kFailures.length] : undefined;
      if (error && before !== 'Failed') {
        put('LogEntry', { level: 'ERROR', message: `Task failed, ${error}\n  at provision(/srv/tasks/${task.name}.nu:42)\n  at main(/srv/runner.nu:7)`, component: 'orchestrator', task_id: task.id });
      }
      put('TaskStatusChanged', { task_id: task.id, name: task.name, status: task.status, previous_status: before, progress: Math.min(100, Math.round(task.progress * 10) / 10), ...(error ? { error } : {}) }, { task_id: task.id, workflow_type: task.workflow, infra: task.infra });
    }
    this.tasks = this.tasks.filter((task) => task.status === 'Running');
    while (this.tasks.length < 9) {
      this.newTask();
    }
    for (const batch of this.batches) {
      for (const operation of batch.operations) {
        operation.progress = operation.broken && operation.progress > 45 ? operation.progress : Math.min(100, operation.progress + operation.pace * this.random());
      }
      const status = (operation) => (operation.broken && operation.progress > 45 ? 'Failed' : operation.progress >= 100 ? 'Completed' : operation.progress > 3 ? 'Running' : 'Pending');
      const count = (name) => batch.operations.filter((operation) => status(operation) === name).length;
      put('BatchOperationUpdate', {
        batch_id: batch.id, name: batch.name, status: 'Running', progress: batch.operations.reduce((sum, one) => sum + one.progress, 0) / batch.operations.length,
        operations: batch.operations.map((one) => ({ id: one.id, status: status(one), progress: Math.round(one.progress) })),
      }, { total_operations: batch.operations.length, completed_operations: count('Completed'), failed_operations: count('Failed') });
    }
    this.metrics(put);
    if (this.tick % 5 === 1) {
      this.health(put, timestamp);
    }
    const lines = 3 + Math.floor(this.random() * 9);
    for (let i = 0; i < lines; i++) {
      this.log(put);
    }
    return events;
  }

  metrics(put) {
    const wave = Math.sin(this.tick / 40);
    for (const route of ['/v1/servers', '/v1/volumes', '/v1/networks', '/login']) {
      const base = this.levels.requests_per_second / (1 + route.length / 6);
      put('MetricUpdate', { metric_name: 'api_requests_per_second', metric_type: 'gauge', value: Math.max(0, base * (1 + wave * 0.35) + (this.random() - 0.5) * base * 0.2), labels: { route } }, { interval: 1, unit: '1/s' });
      put('MetricUpdate', { metric_name: 'api_request_duration', metric_type: 'histogram', value: Math.max(2, 20 + route.length * 2 + wave * 9 + this.random() ** 6 * 120), labels: { route } }, { interval: 1, unit: 'ms', aggregation: 'p95' });
    }
    for (const region of ['eu-west-1', 'eu-north-1', 'us-east-2']) {
      put('MetricUpdate', { metric_name: 'queue_depth', metric_type: 'gauge', value: Math.max(0, Math.round(this.levels.queue_depth + wave * region.length + (this.random() - 0.5) * 8)), labels: { region } }, { interval: 1 });
    }
  }

  health(put, timestamp) {
    const component = (status, message) => ({ status, last_check: timestamp, ...(message ? { message } : {}) });
    put('SystemHealthUpdate', {
      overall_status: 'Warning',
      components: {
        storage: component('Healthy'), orchestrator: component('Healthy'), api: component('Healthy'), scheduler: component('Healthy'), dns: component('Healthy'), batch_coordinator: component('Warning', 'High memory usage: 1.9 of 2 GiB'),
      },
      metrics: { cpu_usage: Math.round(420 + 120 * Math.sin(this.tick / 20) + this.random() * 60) / 10, memory_usage: Math.round(5200 + this.random() * 180), disk_usage: 61.5, active_workflows: this.workflows.length },
    }, { check_interval: 5, next_check: timestamp });
  }

  log(put) {
    const roll = this.random();
    const level = roll < 0.3 ? 'DEBUG' : roll < 0.88 ? 'INFO' : roll < 0.97 ? 'WARN' : 'ERROR';
    const task = this.pick(this.tasks);
    const message = this.pick(kLines[level]).replace('{n}', String(1 + Math.floor(this.random() * 24)).padStart(2, '0')).replace('{m}', String(Math.round(4 + this.random() ** 3 * 1900))).replace('{t}', task.name);
    put('LogEntry', { level, message, component: this.pick(kComponents), task_id: task.id, details: { attempt: 1, region: this.pick(['eu-west-1', 'eu-north-1', 'us-east-2']) } }, { source: 'orchestrator', thread: `worker-${1 + Math.floor(this.random() * 4)}` });
  }
}
