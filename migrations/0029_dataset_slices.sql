ALTER TABLE `search_dataset_pieces` ADD `format` text;--> statement-breakpoint
ALTER TABLE `search_dataset_pieces` ADD `memo` text;--> statement-breakpoint
ALTER TABLE `search_datasets` ADD `open_document` text;