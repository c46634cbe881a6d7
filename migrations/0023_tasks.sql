CREATE TABLE `tasks` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`owner` text NOT NULL,
	`kind` text NOT NULL,
	`work` text NOT NULL,
	`inputs` text NOT NULL,
	`outputs` text NOT NULL,
	`limit_ms` integer NOT NULL,
	`state` text NOT NULL,
	`attempt` integer DEFAULT 0 NOT NULL,
	`losses` integer DEFAULT 0 NOT NULL,
	`node_id` text,
	`lease_until` integer,
	`claimed_at` integer,
	`written` text,
	`figures` text,
	`error_code` text,
	`error_message` text,
	`told_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`finished_at` integer,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `tasks_queue` ON `tasks` (`state`,`kind`,`created_at`);--> statement-breakpoint
CREATE INDEX `tasks_account` ON `tasks` (`account_id`,`state`,`created_at`);--> statement-breakpoint
CREATE INDEX `tasks_node` ON `tasks` (`node_id`,`state`);--> statement-breakpoint
CREATE INDEX `tasks_over` ON `tasks` (`finished_at`);