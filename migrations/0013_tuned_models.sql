CREATE TABLE `tuned_model_shares` (
	`id` text PRIMARY KEY NOT NULL,
	`model_id` text NOT NULL,
	`account_id` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`model_id`) REFERENCES `tuned_models`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tuned_model_shares_once` ON `tuned_model_shares` (`model_id`,`account_id`);--> statement-breakpoint
CREATE INDEX `tuned_model_shares_account` ON `tuned_model_shares` (`account_id`);--> statement-breakpoint
CREATE TABLE `tuned_models` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`job_id` text NOT NULL,
	`step` integer,
	`base` text NOT NULL,
	`stem` text NOT NULL,
	`name` text NOT NULL,
	`visibility` text NOT NULL,
	`kind` text NOT NULL,
	`file` text NOT NULL,
	`object_keys` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tuned_models_name_unique` ON `tuned_models` (`name`);--> statement-breakpoint
CREATE INDEX `tuned_models_job` ON `tuned_models` (`job_id`);--> statement-breakpoint
CREATE INDEX `tuned_models_account` ON `tuned_models` (`account_id`,`id`);--> statement-breakpoint
CREATE INDEX `tuned_models_stem` ON `tuned_models` (`stem`);