CREATE TABLE `agent_runs` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`loop` text NOT NULL,
	`model` text NOT NULL,
	`question` text NOT NULL,
	`state` text NOT NULL,
	`stop_reason` text,
	`prompt_tokens` integer DEFAULT 0 NOT NULL,
	`completion_tokens` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	`ended_at` integer,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `agent_runs_account` ON `agent_runs` (`account_id`,`id`);--> statement-breakpoint
CREATE INDEX `agent_runs_state` ON `agent_runs` (`state`,`created_at`);