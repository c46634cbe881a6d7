CREATE TABLE `fine_tune_records` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`dataset_id` text NOT NULL,
	`base_model` text NOT NULL,
	`model_id` text,
	`status` text NOT NULL,
	`progress` integer NOT NULL,
	`current_step` text,
	`logs` text,
	`created_at` integer NOT NULL,
	`completed_at` integer,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `fine_tune_records_account` ON `fine_tune_records` (`account_id`,`created_at`,`id`);