CREATE TABLE `usage_hours` (
	`hour` integer NOT NULL,
	`account_id` text NOT NULL,
	`model` text NOT NULL,
	`kind` text NOT NULL,
	`requests` integer NOT NULL,
	`prompt_tokens` integer NOT NULL,
	`cached_prompt_tokens` integer NOT NULL,
	`completion_tokens` integer NOT NULL,
	`cost` real DEFAULT 0 NOT NULL,
	PRIMARY KEY(`hour`, `account_id`, `model`, `kind`)
);
--> statement-breakpoint
CREATE INDEX `usage_hours_account` ON `usage_hours` (`account_id`,`hour`);--> statement-breakpoint
ALTER TABLE `audit_log` ADD `address` text;--> statement-breakpoint
CREATE INDEX `audit_log_time` ON `audit_log` (`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `audit_log_actor` ON `audit_log` (`actor_id`,`created_at`,`id`);