CREATE TABLE `training_checkpoints` (
	`id` text PRIMARY KEY NOT NULL,
	`job_id` text NOT NULL,
	`step` integer NOT NULL,
	`model_name` text,
	`model_id` text,
	`loss` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`job_id`) REFERENCES `training_jobs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `training_checkpoints_job` ON `training_checkpoints` (`job_id`,`step`);--> statement-breakpoint
CREATE TABLE `training_jobs` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`surface` text NOT NULL,
	`state` text NOT NULL,
	`priority` integer NOT NULL,
	`plan` text NOT NULL,
	`request` text,
	`tags` text NOT NULL,
	`metadata` text,
	`inputs` text,
	`row_counts` text,
	`faults` text,
	`attempt` integer DEFAULT 0 NOT NULL,
	`node_id` text,
	`lease_until` integer,
	`losses` integer DEFAULT 0 NOT NULL,
	`preemptions` integer DEFAULT 0 NOT NULL,
	`refusals` text,
	`blocked` text,
	`settings` text,
	`sample_counts` text,
	`progress` text,
	`checkpoint` text,
	`error` text,
	`result_model` text,
	`result_model_id` text,
	`trained_tokens` integer DEFAULT 0 NOT NULL,
	`stored_bytes` integer DEFAULT 0 NOT NULL,
	`is_cleared` integer DEFAULT false NOT NULL,
	`ran_ms` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	`queued_at` integer,
	`started_at` integer,
	`claimed_at` integer,
	`finished_at` integer,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `training_jobs_queue` ON `training_jobs` (`state`,`priority`,`created_at`);--> statement-breakpoint
CREATE INDEX `training_jobs_account` ON `training_jobs` (`account_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `training_jobs_created` ON `training_jobs` (`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `training_jobs_node` ON `training_jobs` (`node_id`,`state`);