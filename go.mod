module hokus.ai/tidewatch

go 1.26
