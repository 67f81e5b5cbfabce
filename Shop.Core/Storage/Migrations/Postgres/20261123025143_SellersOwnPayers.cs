using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Core.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class SellersOwnPayers : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "placeholder_id",
                table: "seller_buyers",
                type: "bigint",
                nullable: true);

            migrationBuilder.Sql(Moves.BuyersPlaceholders);

            migrationBuilder.AddColumn<long>(
                name: "seller_id",
                table: "payment_attempts",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "seller_id",
                table: "method_setups",
                type: "bigint",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_payment_attempts_seller_id_created_at",
                table: "payment_attempts",
                columns: new[] { "seller_id", "created_at" },
                filter: "\"seller_id\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_method_setups_seller_id_created_at",
                table: "method_setups",
                columns: new[] { "seller_id", "created_at" },
                filter: "\"seller_id\" IS NOT NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_payment_attempts_seller_id_created_at",
                table: "payment_attempts");

            migrationBuilder.DropIndex(
                name: "ix_method_setups_seller_id_created_at",
                table: "method_setups");

            migrationBuilder.DropColumn(
                name: "placeholder_id",
                table: "seller_buyers");

            migrationBuilder.DropColumn(
                name: "seller_id",
                table: "payment_attempts");

            migrationBuilder.DropColumn(
                name: "seller_id",
                table: "method_setups");
        }
    }
}
