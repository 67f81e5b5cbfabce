using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Core.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class LimitsByAddress : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.RenameColumn(
                name: "Data",
                table: "member_passkeys",
                newName: "data");

            migrationBuilder.AddColumn<int>(
                name: "checks",
                table: "refunds",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "address_hash",
                table: "payment_attempts",
                type: "character varying(64)",
                maxLength: 64,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "address_hash",
                table: "orders",
                type: "character varying(64)",
                maxLength: 64,
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_refunds_open",
                table: "refunds",
                column: "next_check_at",
                filter: "\"state\" IN ('created','pending','unknown')");

            migrationBuilder.CreateIndex(
                name: "ix_payment_attempts_address_hash_created_at",
                table: "payment_attempts",
                columns: new[] { "address_hash", "created_at" },
                filter: "\"address_hash\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_orders_address_hash_placed_at",
                table: "orders",
                columns: new[] { "address_hash", "placed_at" },
                filter: "\"address_hash\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_orders_session_hash_placed_at",
                table: "orders",
                columns: new[] { "session_hash", "placed_at" },
                filter: "\"session_hash\" IS NOT NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_refunds_open",
                table: "refunds");

            migrationBuilder.DropIndex(
                name: "ix_payment_attempts_address_hash_created_at",
                table: "payment_attempts");

            migrationBuilder.DropIndex(
                name: "ix_orders_address_hash_placed_at",
                table: "orders");

            migrationBuilder.DropIndex(
                name: "ix_orders_session_hash_placed_at",
                table: "orders");

            migrationBuilder.DropColumn(
                name: "checks",
                table: "refunds");

            migrationBuilder.DropColumn(
                name: "address_hash",
                table: "payment_attempts");

            migrationBuilder.DropColumn(
                name: "address_hash",
                table: "orders");

            migrationBuilder.RenameColumn(
                name: "data",
                table: "member_passkeys",
                newName: "Data");
        }
    }
}
